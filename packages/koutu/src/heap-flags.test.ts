// How far the heaps of the command and its threads grow, in a process of their own: flags of V8 count for the whole process.

import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

/** Makes objects that survive collections until `isEnough`, or for a while; V8 enlarges the space for new objects at that. */
const FILL = `
  const { getHeapSpaceStatistics } = require('node:v8')
  const { mock } = require('node:test')
  const spaceMb = () => getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size / 2 ** 20
  const kept = []
  const fill = (isEnough, most = 8e6) => {
    for (let i = 0; i < most && !isEnough(); ) for (const end = i + 1000; i < end; i++) kept[i % 200_000] = { i, inner: [i] }
    return spaceMb()
  }`

function run(program: string): unknown {
  const url = new URL('./heap-flags.ts', import.meta.url)
  const source = `${FILL}; const tag = require('node:v8').cachedDataVersionTag(); mock.timers.enable({ apis: ['setInterval'] }); import('${url}').then(async () => { ${program} })`
  const output = execFileSync(process.execPath, ['--conditions=@koutu/source', '-e', source], { encoding: 'utf8' })
  return JSON.parse(output)
}

describe('the space for new objects', () => {
  it('grows to 2 x 16 MB, and no further in a long run', () => {
    const grown = run(`
      const first = fill(() => spaceMb() > 16)
      mock.timers.tick(5000)
      console.log(JSON.stringify({ first, later: fill(() => false) }))`)
    expect(grown).toEqual({ first: 32, later: 32 })
  })

  it('grows as far in threads', () => {
    const grown = run(`
      const { Worker } = require('node:worker_threads')
      const { startHost } = await import('${new URL('./host-thread.ts', import.meta.url)}')
      const thread = startHost({ startsInference: false })
      const { resourceLimits } = thread
      await thread.terminate()
      const source = ${JSON.stringify(`${FILL}; require('node:worker_threads').parentPort.postMessage({ first: spaceMb(), later: fill(() => false) })`)}
      new Worker(source, { eval: true, resourceLimits }).on('message', (grown) => console.log(JSON.stringify(grown)))`)
    expect(grown).toMatchObject({ later: 32 })
  })

  it('is no flag of V8 at the start: it would refuse the compiled code of Node and of the runs before', () => {
    const flags = run(`
      const { cachedDataVersionTag } = require('node:v8')
      console.log(JSON.stringify({ before: tag, after: cachedDataVersionTag() }))`) as Record<string, number>
    expect(flags.after).toBe(flags.before)
  })
})
