import { describe, expect, it } from 'vitest'
import { excerpt, fromJSON, isKoutuError, KoutuError, throwIfAborted, toKoutuError } from './koutu-error.ts'
import { ERRORS, type ErrorCode } from './table.ts'

describe('the error table', () => {
  it('has codes in SCREAMING_SNAKE, titles without a full stop, and HTTP error statuses', () => {
    for (const [code, row] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^[A-Z][A-Z0-9_]*$/)
      expect(row.title, code).toMatch(/^[A-Z].*[^.]$/)
      expect(row.status, code).toBeGreaterThanOrEqual(400)
      expect(row.status, code).toBeLessThan(600)
    }
  })
})

describe('KoutuError', () => {
  it('is an AbortError by name where work was aborted', () => {
    expect(new KoutuError('ABORTED').name).toBe('AbortError')
    expect(new KoutuError('INTERNAL').name).toBe('KoutuError')
  })

  it('crosses a boundary as JSON without its cause', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      for (const detail of [undefined, 'expected 1 but received 2']) {
        const error = new KoutuError(code, {
          ...(detail ? { detail } : {}),
          data: { limit: 1 },
          cause: new Error('secret'),
        })
        const json = JSON.stringify(error)
        expect(json).not.toContain('secret')
        const back = fromJSON(JSON.parse(json))
        expect([back.code, back.message, back.data]).toEqual([error.code, error.message, error.data])
      }
    }
    expect(fromJSON({ code: 'toString', message: 'x' }).code).toBe('INTERNAL')
  })

  it('has a bounded size, whatever it was made of', () => {
    const long = 'q'.repeat(1e6)
    const data = { text: long, list: Array.from({ length: 1e4 }, () => long), [long]: { inner: long }, limit: 1 }
    const error = new KoutuError('INVALID_OPTIONS', { detail: long, data })
    expect(error.message.length).toBeLessThan(10_000)
    expect(JSON.stringify(error).length).toBeLessThan(1e6)
    expect(error.data).toMatchObject({ limit: 1 })
    expect(excerpt(long)).toBe(`${'q'.repeat(200)}…`)
    expect(excerpt('short')).toBe('short')
  })

  it('is known by its brand, not its class', () => {
    expect(isKoutuError(new KoutuError('INTERNAL'))).toBe(true)
    expect(isKoutuError(new Error('INTERNAL'))).toBe(false)
    expect(isKoutuError(null)).toBe(false)
  })

  it('wraps anything thrown', () => {
    expect(toKoutuError(new DOMException('stop', 'AbortError')).code).toBe('ABORTED')
    expect(toKoutuError('text', 'ENGINE_FAILED')).toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('text'),
    })
    const known = new KoutuError('OFFLINE')
    expect(toKoutuError(known)).toBe(known)
    expect(() => throwIfAborted(AbortSignal.abort())).toThrow(KoutuError)
    expect(() => throwIfAborted(undefined)).not.toThrow()
  })
})
