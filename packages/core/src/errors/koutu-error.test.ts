import { describe, expect, it } from 'vitest'
import { fromJSON, isKoutuError, KoutuError, throwIfAborted, toKoutuError } from './koutu-error.ts'
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
