// What everyone who works through a channel (another thread or process) must do, as one vitest suite.

import { type Ctx, type ErrorJson, isKoutuError } from '@koutu/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

export interface ChannelUser extends AsyncDisposable {
  /** A call with an answer of its own. */
  ask(n: number, ctx: Ctx): Promise<unknown>
  /** What `ask(n)` must answer. */
  answerTo(n: number): unknown
  /** A call that the other side refuses with this error. */
  refuse(): Promise<unknown>
  readonly refusal: Pick<ErrorJson, 'code' | 'data'>
  /** A call during which the other side ends without an answer. */
  die(): Promise<unknown>
  /** The error of such a call. */
  readonly loss: ErrorJson['code']
}

export interface ChannelContractSettings {
  /** Calls at once in the flood. */
  readonly flood: number
}

export function channelContract(
  name: string,
  open: () => Promise<ChannelUser>,
  { flood }: ChannelContractSettings = { flood: 200 },
): void {
  describe(`channel: ${name}`, () => {
    let user: ChannelUser
    beforeAll(async () => {
      user = await open()
    })
    afterAll(() => user[Symbol.asyncDispose]())

    const numbers = Array.from({ length: flood }, (_, n) => n)
    const expectAnswers = async (asked: readonly number[], ctx: Ctx = {}) => {
      const answers = await Promise.all(asked.map((n) => user.ask(n, ctx)))
      for (const [i, n] of asked.entries()) expect(answers[i], `call ${n}`).toEqual(user.answerTo(n))
    }
    const error = async (call: Promise<unknown>): Promise<Error> => {
      const thrown = await call.then(
        (answer) => new Error(`expected an error but received ${answer}`),
        (thrown: unknown) => thrown,
      )
      if (isKoutuError(thrown)) return thrown
      throw thrown
    }

    it('gives each of many calls at once its own answer', () => expectAnswers(numbers))

    it('passes code, message and data of an error on', async () => {
      const refused = await error(user.refuse())
      expect(refused).toMatchObject(user.refusal)
      expect(refused.message.length).toBeGreaterThan(10)
      await expectAnswers([1])
    })

    it('fails an aborted call at once, with the reason as its cause, and no other', async () => {
      const reason = new Error('enough')
      const before = user.ask(0, { signal: AbortSignal.abort(reason) })
      expect(await error(before)).toMatchObject({ code: 'ABORTED', cause: reason })
      const controller = new AbortController()
      const during = user.ask(1, { signal: controller.signal })
      const other = expectAnswers([2])
      controller.abort(reason)
      expect(await error(during)).toMatchObject({ code: 'ABORTED', cause: reason })
      await other
    })

    it('gives no call the late answer of an aborted one', async () => {
      const controller = new AbortController()
      const aborted = numbers.filter((n) => n % 2 === 0).map((n) => error(user.ask(n, { signal: controller.signal })))
      const others = expectAnswers(numbers.filter((n) => n % 2 === 1))
      controller.abort()
      for (const failed of await Promise.all(aborted)) expect(failed).toMatchObject({ code: 'ABORTED' })
      await others
      await expectAnswers(numbers)
    })

    it('fails a call whose other side ends, leaves none waiting, and goes on', async () => {
      const [lost] = await Promise.all([error(user.die()), Promise.allSettled([user.ask(1, {}), user.ask(2, {})])])
      expect(lost).toMatchObject({ code: user.loss })
      expect(lost.message).toMatch(/: ./)
      await expectAnswers([3, 4])
    })
  })
}
