import { expect, it } from 'vitest'
import { prefersJson } from './accept.ts'

it.each([
  [undefined, false],
  ['*/*', false],
  ['image/png', false],
  ['application/json', true],
  ['Application/JSON; charset=utf-8', true],
  ['application/json, text/plain', true],
  ['application/json, */*;q=0.8', true],
  // The default of a library that the service's own examples use for files.
  ['application/json, text/plain, */*', false],
  ['image/*, application/json;q=0.5', false],
])('Accept: %s', (accept, isJson) => {
  expect(prefersJson(accept)).toBe(isJson)
})
