// What tells one loaded model from another.

import { statSync } from 'node:fs'
import type { ModelFile } from './messages.ts'

/** A model with the state of its files: others under the same names are another model. One file may serve images of several sizes. */
export function modelKey(file: ModelFile): string {
  const states = [file.path, file.dataPath].map((path) => {
    const state = statSync(path, { bigint: true, throwIfNoEntry: false })
    return state ? `${state.ino} ${state.size} ${state.mtimeNs}` : null
  })
  const input = { ...file.input, width: null, height: null }
  return JSON.stringify([{ ...file, input }, states])
}
