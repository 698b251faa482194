// The heaps of the command over many images: what one image leaves behind must not add up. A tiny network stands in.

import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { commandBench } from '../packages/koutu/src/cli/command.fixture.ts'

interface Sample {
  readonly thread: 'main' | 'worker'
  readonly done: number
  readonly heapBytes: number
}

const bench = commandBench()
const IMAGES = 900
/** A leak of the smallest closure in each image takes more over the 600 images between. */
const MAX_GROWTH_BYTES = 600 * 1500

it('hold the same after 200 and after 800 images', async () => {
  for (let i = 0; i < IMAGES; i++) await bench.put(`in/${i}.png`)
  const probe = pathToFileURL(`${import.meta.dirname}/services/heap-probe.mjs`)
  const env = {
    NODE_OPTIONS: `--import ${probe}`,
    KOUTU_PROBE: bench.path('heap'),
    KOUTU_PROBE_RESULTS: bench.path('out'),
  }
  const { code } = await bench.koutu(['--model', bench.model, 'in', '-o', 'out/', '--quiet'], {
    env: { ...process.env, ...env },
  })
  expect(code).toBe(0)
  const lines = (await readFile(bench.path('heap'), 'utf8')).trim().split('\n')
  const samples = lines.map((line) => JSON.parse(line) as Sample)
  for (const thread of ['main', 'worker'] as const) {
    const between = (from: number, to: number) =>
      samples.filter((one) => one.thread === thread && one.done >= from && one.done < to).map((one) => one.heapBytes)
    const [early, late] = [between(150, 300), between(750, IMAGES)]
    expect(Math.min(early.length, late.length), thread).toBeGreaterThan(2)
    // The least: what is being worked on at the moment is no growth.
    expect(Math.min(...late) - Math.min(...early), thread).toBeLessThan(MAX_GROWTH_BYTES)
  }
})
