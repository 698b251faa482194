// At most so many at once; who comes when all are taken is sent away, not kept waiting.

import { KoutuError } from '@koutu/core'

export interface Slots {
  /** The returned function gives the slot back, once. Errors: SERVER_BUSY. */
  take(): () => void
}

export function createSlots(max: number): Slots {
  let taken = 0
  return {
    take() {
      if (taken >= max)
        throw new KoutuError('SERVER_BUSY', { detail: `${max} uploads are in progress`, data: { limit: max } })
      taken++
      let held = true
      return () => {
        if (held) taken--
        held = false
      }
    },
  }
}
