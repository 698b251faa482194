// The mask over foreign texts.

import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { createRedactor } from './redact.ts'

const SECRET = 'a/b+c=="quoted"'

it('masks a secret as it is, encoded for a URL and escaped for JSON', () => {
  const redactor = createRedactor()
  redactor.add(SECRET)
  const said = redactor.text(`${SECRET} ${encodeURIComponent(SECRET)} ${JSON.stringify(SECRET)}`)
  expect(said).toBe('[secret] [secret] "[secret]"')
})

it('masks before it cuts, so that no part of a secret is left at the end', () => {
  const redactor = createRedactor()
  redactor.add('0123456789abcdef')
  const said = redactor.text(`${'x'.repeat(195)}0123456789abcdef`)
  expect(said).not.toContain('0123')
})

it('puts a foreign text on one line, without control characters', () => {
  expect(createRedactor().text('a\r\nerror: b\u001b[31m\u202ec')).toBe('a error: b [31m c')
})

it('masks errors, their causes, codes and stacks', () => {
  const redactor = createRedactor()
  redactor.add('topsecret')
  const inner = Object.assign(new Error('inner topsecret'), { code: 'topsecret' })
  const copy = redactor.cause(new TypeError('outer topsecret', { cause: inner }))
  expect(inspect(copy, { depth: 9 })).not.toContain('topsecret')
  expect(copy.name).toBe('TypeError')
  expect((copy.cause as Error).message).toBe('inner [secret]')
})

it('ends a chain of causes that does not end', () => {
  const error = new Error('round')
  error.cause = error
  expect(inspect(createRedactor().cause(error), { depth: 20 }).split('round').length).toBeLessThan(20)
})

it('leaves words alone that are too short to be secrets', () => {
  const redactor = createRedactor()
  redactor.add('')
  redactor.add('the')
  expect(redactor.text('the end')).toBe('the end')
})
