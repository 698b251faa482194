// What programs in JavaScript may hand over: settings, contexts and coarse alpha that are none.

import type { CoarseAlpha, Ctx } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { checkCoarse, checkContext, checkSettings } from './check-arguments.ts'

const refusal = (path: string) =>
  expect.objectContaining({ code: 'INVALID_OPTIONS', message: expect.stringContaining(path) })

describe('settings', () => {
  it.each([
    [{ lanes: 0 }, 'lanes'],
    [{ lanes: 1.5 }, 'lanes'],
    [{ concurrency: -1 }, 'concurrency'],
    [{ concurrency: Number.NaN }, 'concurrency'],
    [{ concurrency: '2' }, 'concurrency'],
    [{ idleMs: '5' }, 'idleMs'],
    [{ once: 1 }, 'once'],
    [{ concurency: 2 }, 'Did you mean concurrency?'],
  ])('%j are refused', (settings, path) => {
    expect(() => checkSettings(settings as never)).toThrow(refusal(path))
  })

  it('limit nothing where whoever calls does', () => {
    expect(checkSettings({ concurrency: Number.POSITIVE_INFINITY }).concurrency).toBe(Number.POSITIVE_INFINITY)
  })

  it('are complete', () => {
    expect(checkSettings({ idleMs: 5 })).toMatchObject({ idleMs: 5, concurrency: 4, lanes: 1, once: false })
  })
})

describe('a context', () => {
  it.each([[5], ['stop'], [{}], [new AbortController()]])('with the signal %o is refused', (signal) => {
    expect(() => checkContext({ signal } as never)).toThrow(refusal('signal'))
  })

  it('may be absent', () => {
    for (const none of [null, undefined, {}, { signal: null }]) expect(checkContext(none as Ctx)).toEqual({})
  })

  it('keeps a signal of this realm, and follows one of another', () => {
    const { signal } = new AbortController()
    expect(checkContext({ signal }).signal).toBe(signal)
    const foreign = Object.assign(new EventTarget(), { aborted: false, reason: 'done' })
    const own = checkContext({ signal: foreign as unknown as AbortSignal }).signal!
    expect(() => AbortSignal.any([own])).not.toThrow()
    foreign.dispatchEvent(new Event('abort'))
    expect(own.reason).toBe('done')
    const late = checkContext({ signal: Object.assign(new EventTarget(), { aborted: true }) as never }).signal!
    expect(late.aborted).toBe(true)
  })
})

describe('coarse alpha', () => {
  it.each([[null], [undefined], [{}], ['x'], [{ width: 2, height: 2, data: new Uint8Array(3), box: {}, image: {} }]])(
    '%o is refused',
    (coarse) => {
      expect(() => checkCoarse(coarse as unknown as CoarseAlpha)).toThrow(refusal('coarse'))
    },
  )
})
