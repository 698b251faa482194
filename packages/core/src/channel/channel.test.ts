// Both ends by hand, message by message. The contract suite of @koutu/testing runs them over real threads and processes.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KoutuError } from '../errors/koutu-error.ts'
import type { KoutuEvent } from '../ports/ports.ts'
import { type AnswerMessage, type CallMessage, createCaller, createResponder } from './channel.ts'

type TestCalls = { double(n: number): number }

/** A caller whose other side is the test. */
function byHand() {
  const sent: CallMessage[] = []
  const holds: boolean[] = []
  const released: number[] = []
  let aborts = 0
  const caller = createCaller<TestCalls>({
    post: (message) => sent.push(message),
    hold: (isBusy) => holds.push(isBusy),
    onAbort: () => {
      const id = aborts++
      return () => released.push(id)
    },
  })
  return { caller, sent, holds, released }
}

const progress = (fraction: number): KoutuEvent => ({ type: 'progress', fraction })
const gone = new KoutuError('ENGINE_FAILED', { detail: 'gone' })

describe('a caller', () => {
  it('holds the program while calls are under way, and only then', async () => {
    const { caller, holds } = byHand()
    const calls = [caller.call('double', 1), caller.call('double', 2)]
    expect(holds).toEqual([true])
    caller.receive({ type: 'answer', id: 1, answer: 4 })
    expect(holds).toEqual([true])
    caller.receive({ type: 'answer', id: 0, answer: 2 })
    expect(await Promise.all(calls)).toEqual([2, 4])
    expect(holds).toEqual([true, false])
  })

  it('tells a call its own events, until it has ended', async () => {
    const { caller } = byHand()
    const seen: [number, unknown][] = []
    const controller = new AbortController()
    const first = caller.call('double', 1, { onEvent: (event) => seen.push([1, event]), signal: controller.signal })
    const second = caller.call('double', 2, { onEvent: (event) => seen.push([2, event]) })
    caller.receive({ type: 'event', id: 1, event: progress(0.1) })
    caller.receive({ type: 'event', id: 0, event: progress(0.2) })
    controller.abort()
    caller.receive({ type: 'event', id: 0, event: progress(0.3) })
    caller.receive({ type: 'answer', id: 1, answer: 4 })
    caller.receive({ type: 'event', id: 1, event: progress(0.4) })
    await Promise.allSettled([first, second])
    expect(seen).toEqual([
      [2, progress(0.1)],
      [1, progress(0.2)],
    ])
  })

  it('tells the other side of an abort, and releases what waits for it at the late answer or the end', async () => {
    const { caller, sent, released } = byHand()
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }) => caller.call('double', 1, { signal }).catch((error) => error.code))
    for (const controller of controllers) controller.abort()
    expect(await Promise.all(calls)).toEqual(['ABORTED', 'ABORTED'])
    expect(sent.slice(2)).toEqual([
      { type: 'abort', id: 0 },
      { type: 'abort', id: 1 },
    ])
    expect(released).toEqual([])
    caller.receive({ type: 'answer', id: 1, answer: 2 })
    expect(released).toEqual([1])
    caller.end(gone)
    expect(released).toEqual([1, 0])
  })

  it('fails what is under way and what comes later with the first reason', async () => {
    const { caller, sent } = byHand()
    const call = caller.call('double', 1)
    expect(caller.isEnded).toBe(false)
    caller.end(gone)
    caller.end(new KoutuError('INTERNAL'))
    expect(caller.isEnded).toBe(true)
    await expect(call).rejects.toBe(gone)
    await expect(caller.call('double', 2)).rejects.toBe(gone)
    expect(sent).toHaveLength(1)
    caller.receive({ type: 'answer', id: 0, answer: 2 })
  })

  it('fails a call that cannot be sent, and holds nothing for it', async () => {
    const holds: boolean[] = []
    const caller = createCaller<TestCalls>({
      post: (message) => structuredClone(message),
      hold: (isBusy) => holds.push(isBusy),
    })
    await expect(caller.call('double', (() => 1) as never)).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(holds).toEqual([true, false])
  })

  it('whatever the order of answers, aborts and strays, ends each call once and rightly', async () => {
    const step = fc.record({ id: fc.nat(9), act: fc.constantFrom('answer', 'error', 'abort', 'event') })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { caller, sent, holds } = byHand()
        const controllers = Array.from({ length: 8 }, () => new AbortController())
        const calls = controllers.map(({ signal }, n) =>
          caller.call('double', n, { signal }).catch((error: KoutuError) => error.code),
        )
        const expected: unknown[] = []
        for (const { id, act } of steps) {
          if (act === 'abort') controllers[id]?.abort()
          else if (act === 'event') caller.receive({ type: 'event', id, event: progress(0) })
          else if (act === 'answer') caller.receive({ type: 'answer', id, answer: 2 * id })
          else caller.receive({ type: 'error', id, error: { code: 'IMAGE_CORRUPT', message: '', data: {} } })
          if (act !== 'event') expected[id] ??= { abort: 'ABORTED', answer: 2 * id, error: 'IMAGE_CORRUPT' }[act]
        }
        const aborts = expected.slice(0, 8).filter((outcome) => outcome === 'ABORTED').length
        expect(sent.filter(({ type }) => type === 'abort')).toHaveLength(aborts)
        caller.end(gone)
        for (const [n, outcome] of (await Promise.all(calls)).entries())
          expect(outcome).toBe(expected[n] ?? 'ENGINE_FAILED')
        expect(holds).toEqual([true, false])
      }),
    )
  })
})

describe('a responder', () => {
  function respond(handler: (n: number, ctx: { signal: AbortSignal }) => unknown) {
    const sent: AnswerMessage[] = []
    const responder = createResponder<TestCalls>(
      { double: handler as (n: number) => number },
      { post: (message) => sent.push(structuredClone(message)), fallback: 'ENGINE_FAILED' },
    )
    return { responder, sent }
  }
  const call = (name: string): CallMessage => ({ type: 'call', id: 7, name, request: 4 })

  it.each<[string, () => unknown, object]>([
    ['a KoutuError as it is', () => Promise.reject(gone), gone.toJSON()],
    ['another error with the fallback code', () => Promise.reject(new Error('oops')), { code: 'ENGINE_FAILED' }],
    ['an answer that cannot be sent', () => () => 1, { code: 'ENGINE_FAILED' }],
    [
      'an error whose data cannot be sent',
      () => Promise.reject(new KoutuError('IMAGE_CORRUPT', { detail: 'cut', data: { f: () => 1 } })),
      { code: 'IMAGE_CORRUPT', data: {} },
    ],
  ])('answers with an error: %s', async (_, handler, error) => {
    const { responder, sent } = respond(handler)
    responder.receive(call('double'))
    await expect.poll(() => sent).toMatchObject([{ type: 'error', id: 7, error }])
  })

  it.each(['triple', 'toString', '__proto__'])('refuses the unknown call %s', async (name) => {
    const { responder, sent } = respond(() => 1)
    responder.receive(call(name))
    await expect.poll(() => sent).toMatchObject([{ type: 'error', id: 7, error: { code: 'INTERNAL' } }])
  })

  it('fires the signal of the aborted call, or of all', async () => {
    const signals: AbortSignal[] = []
    const { responder } = respond((_, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    })
    for (const id of [1, 2, 3]) responder.receive({ type: 'call', id, name: 'double', request: id })
    responder.receive({ type: 'abort', id: 2 })
    responder.receive({ type: 'abort', id: 9 })
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false])
    responder.abortAll()
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })
})
