// Entry point `@koutu/core/errors`: the one error class and its table. Imports nothing else, so that processes start fast.

export {
  type ErrorJson,
  excerpt,
  fromJSON,
  isKoutuError,
  KoutuError,
  type KoutuErrorInit,
  throwIfAborted,
  toKoutuError,
} from './koutu-error.ts'
export { ERRORS, type ErrorCode, type ErrorRow } from './table.ts'
