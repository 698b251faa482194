// What an attempt leaves behind. What it does to jobs is in the suites of jobs.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createFakeRunner, openStoreKit } from '@koutu/testing'
import { expect, it } from 'vitest'
import type { Runner } from '../ports/ports.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

it('holds no image of a job that has ended', async () => {
  await using kit = await openStoreKit({ type: 'memory' })
  const images: WeakRef<object>[] = []
  const runner: Runner = {
    ...createFakeRunner(),
    async run(request, ctx) {
      const result = await createFakeRunner().run(request, ctx)
      images.push(new WeakRef(request.input), new WeakRef(result.image))
      return result
    },
  }
  const worker = kit.worker(runner)
  worker.start()
  for (let name = 0; name < 3; name++) {
    const { jobs } = await kit.store.jobs.submit({ id: 'ann' }, { jobs: [await kit.upload({ name })], isBatch: false })
    await kit.store.jobs.wait({ id: 'ann' }, jobs[0]!.id, { signal: AbortSignal.timeout(20_000) })
  }
  // Not stopped: a worker goes on for months.
  await expect.poll(() => worker.running).toBe(0)
  // A weak reference holds its target until the end of the turn in which it was made.
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage()
  expect(images).toHaveLength(6)
  expect(images.filter((image) => image.deref() !== undefined)).toEqual([])
  await worker.stop({ timeoutMs: 1_000 })
})
