import { expect, it } from 'vitest'
import { createNotifier } from './notifier.ts'

type Batch = readonly (readonly string[])[]

/** A database that answers when it is told to. */
function slowDatabase() {
  const batches: Batch[] = []
  const answers: PromiseWithResolvers<never[]>[] = []
  const notifier = createNotifier({
    query: (_, values = []) => {
      batches.push(values as Batch)
      const answer = Promise.withResolvers<never[]>()
      answers.push(answer)
      return answer.promise
    },
  })
  return { notifier, batches, answers }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

it('sends what is said at once together, and what comes meanwhile afterwards', async () => {
  const { notifier, batches, answers } = slowDatabase()
  notifier.send('a', '1')
  notifier.send('b', '2')
  await settle()
  notifier.send('a', '3')
  notifier.send('a', '4')
  await settle()
  const first = [
    ['a', 'b'],
    ['1', '2'],
  ]
  expect(batches).toEqual([first])
  answers[0]!.resolve([])
  await settle()
  const second = [
    ['a', 'a'],
    ['3', '4'],
  ]
  expect(batches).toEqual([first, second])
})

it('goes on after a failure, and ends once all has been sent', async () => {
  const { notifier, batches, answers } = slowDatabase()
  notifier.send('a', '1')
  await settle()
  notifier.send('a', '2')
  answers[0]!.reject(new Error('gone'))
  let isDisposed = false
  const disposing = notifier[Symbol.asyncDispose]().then(() => {
    isDisposed = true
  })
  await settle()
  expect(batches).toHaveLength(2)
  expect(isDisposed).toBe(false)
  answers[1]!.resolve([])
  await disposing
})
