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
  const source = `${FILL}; mock.timers.enable({ apis: ['setInterval'] }); import('${url}').then(async () => { ${program} })`
  const output = execFileSync(process.execPath, ['--conditions=@koutu/source', '-e', source], { encoding: 'utf8' })
  return JSON.parse(output)
}

describe('the space for new objects', () => {
  it('is large from the first collections on, and does not grow in a long run', () => {
    const grown = run(`
      const first = fill(() => spaceMb() > 16)
      mock.timers.tick(5000)
      console.log(JSON.stringify({ first, later: fill(() => false) }))`)
    expect(grown).toEqual({ first: 32, later: 32 })
  })

  it('is as large in threads', () => {
    const grown = run(`
      const { Worker } = require('node:worker_threads')
      const source = ${JSON.stringify(`${FILL}; require('node:worker_threads').parentPort.postMessage({ first: spaceMb(), later: fill(() => false) })`)}
      new Worker(source, { eval: true }).on('message', (grown) => console.log(JSON.stringify(grown)))`)
    expect(grown).toMatchObject({ later: 32 })
  })
})
