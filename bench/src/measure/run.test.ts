import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildTestModel } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOOPS, runLoop, runNode } from './run.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-run-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a program', () => {
  const { env } = process

  it('is heard line by line', async () => {
    const lines: string[] = []
    const code = `process.stdout.write('one\\ntw'); setTimeout(() => process.stdout.write('o\\nrest'), 50)`
    const { stdout } = await runNode(['-e', code], { env, onLine: (line) => lines.push(line) })
    expect(lines).toEqual(['one', 'two'])
    expect(stdout).toBe('one\ntwo\nrest')
  })

  it('that fails is no measurement', async () => {
    await expect(runNode(['-e', 'console.error("broken"); process.exit(3)'], { env })).rejects.toThrow(
      /with 3:\nbroken/,
    )
  })
})

it("koutu's loop answers for each image, a bad one too, with the times of its report", async () => {
  const model = join(folder, 'prob.onnx')
  await writeFile(model, buildTestModel({ kind: 'prob', size: 64 }))
  const picture = join(folder, 'picture.png')
  await sharp({ create: { width: 64, height: 48, channels: 3, background: 'white' } }).toFile(picture)
  const bad = join(folder, 'bad.png')
  await writeFile(bad, 'no image')
  const options = { model, modelSize: 64, modelMean: [0, 0, 0], modelStd: [1, 1, 1], modelOutput: 'prob' as const }
  const env = { ...process.env, KOUTU_CACHE_DIR: join(folder, 'cache') }
  const answers = await runLoop(LOOPS.koutu, { pictures: [picture, bad, picture], warmUps: 1, options }, env)
  expect(answers.map(({ path }) => path)).toEqual([picture, bad, picture])
  expect(answers[1]).toEqual({ path: bad, error: expect.stringContaining('it is a text file') })
  for (const answer of [answers[0]!, answers[2]!]) {
    if ('error' in answer) throw new Error(answer.error)
    const { decode = 0, segment = 0, infer = 0, encode = 0 } = answer.timingsMs
    // The parts lie within the whole.
    expect(infer).toBeGreaterThan(0)
    expect(infer).toBeLessThanOrEqual(segment)
    expect(decode + segment + encode).toBeLessThanOrEqual(answer.ms)
  }
})
