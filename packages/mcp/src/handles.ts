// Results that a later call may name. A handle is a random name without meaning; the oldest are dropped first.

import { randomUUID } from 'node:crypto'
import { KoutuError } from '@koutu/core'

export interface Handles<T> {
  add(value: T): string
  /** Errors: HANDLE_UNKNOWN. */
  get(handle: string): T
}

export function createHandles<T>(prefix: string, capacity: number): Handles<T> {
  const values = new Map<string, T>()
  return {
    add(value) {
      const handle = `${prefix}:${randomUUID()}`
      values.set(handle, value)
      for (const [oldest] of values) {
        if (values.size <= capacity) break
        values.delete(oldest)
      }
      return handle
    },
    get(handle) {
      const value = values.get(handle)
      if (value === undefined)
        throw new KoutuError('HANDLE_UNKNOWN', {
          detail: `${handle.slice(0, 60)} is not among the last ${capacity}; call the tool that made it again`,
        })
      return value
    },
  }
}
