// The real pipeline behind the server's port: in a process of its own, which may die without taking this one along.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isKoutuError, resolveOptions } from '@koutu/core'
import type { Runner } from '@koutu/server'
import { contentBytes } from '@koutu/testing'
import { createRemover } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const EXAMPLE = join(import.meta.dirname, '../../../../examples/photo.jpg')
/** For what any network will do. */
const FAST = resolveOptions({ quality: 'fast' })
const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

describe('the runner', () => {
  let runner: Runner
  let input: Uint8Array
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'koutu-runner-'))
    // The built module: a process is started from a file that Node can run.
    const { startRunner } = (await import(new URL('../../dist/server/start-runner.js', import.meta.url).href)) as {
      startRunner: (device: 'cpu') => Runner
    }
    runner = startRunner('cpu')
    input = await readFile(EXAMPLE)
    await runner.warm({})
  })
  afterAll(async () => {
    await runner[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  it('makes the very image that the library makes', async () => {
    const options = resolveOptions({ crop: true })
    const fractions: number[] = []
    const result = await runner.run(
      { input, options, isIsolated: false },
      { onEvent: (event) => event.type === 'progress' && fractions.push(event.fraction) },
    )
    await using remover = await createRemover()
    const { image } = await remover.remove(EXAMPLE, { crop: true })
    const bytes = await contentBytes(result.image)
    expect(Buffer.from(await image.bytes()).equals(bytes)).toBe(true)
    const { width, height } = await sharp(bytes).metadata()
    expect(result).toMatchObject({ contentType: 'image/png', width, height, report: { subject: true, engine: 'onnx' } })
    expect(fractions.at(-1)).toBe(1)
  })

  it('makes the same image again from what the network found', async () => {
    const request = { input, options: FAST, isIsolated: false }
    const first = await runner.run(request, {})
    expect(first.coarse!.facts).toMatchObject({ box: { left: 0, top: 0 }, engine: 'onnx', model: 'isnet-general-use' })
    const { channels, depth } = await sharp(first.coarse!.file).metadata()
    expect([channels, depth]).toEqual([1, 'uchar'])
    const again = await runner.run({ ...request, coarse: first.coarse }, {})
    expect(Buffer.from(await contentBytes(again.image)).equals(await contentBytes(first.image))).toBe(true)
    expect([again.report.timingsMs.infer, again.coarse]).toEqual([undefined, undefined])
  })

  it('takes an image as a file, and leaves a large result as one', async () => {
    const resultPath = join(folder, 'result')
    const path = join(folder, 'input')
    const large = await sharp(EXAMPLE).resize(2400).jpeg().toBuffer()
    await writeFile(path, large)
    const request = { input: { path }, options: FAST, isIsolated: false, resultPath }
    expect((await runner.run(request, {})).image).toEqual({ path: resultPath })
    const bytes = await readFile(resultPath)
    expect(bytes.length).toBeGreaterThan(2 ** 20)
    // The same as bytes, where it cannot be written.
    const refused = { ...request, input: large, resultPath: join(folder, 'no', 'folder') }
    expect(bytes.equals((await runner.run(refused, {})).image as Uint8Array)).toBe(true)
  })

  it('tells nobody where a file was that is gone', async () => {
    const input = { path: join(tmpdir(), 'koutu-no-such-file') }
    const failure = await runner.run({ input, options: FAST, isIsolated: false }, {}).catch((error) => error)
    expect([failure.code, JSON.stringify(failure)]).toEqual(['INPUT_NOT_FOUND', expect.not.stringContaining(tmpdir())])
  })

  it('passes codes on', async () => {
    const request = { input: new TextEncoder().encode('no image'), options: FAST, isIsolated: false }
    expect(await runner.run(request, {}).catch(code)).toBe('IMAGE_UNSUPPORTED')
  })

  it('stops when told to, and works on', async () => {
    const controller = new AbortController()
    const running = runner.run({ input, options: FAST, isIsolated: false }, { signal: controller.signal })
    controller.abort()
    expect(await running.catch(code)).toBe('ABORTED')
    expect((await runner.run({ input, options: FAST, isIsolated: false }, {})).report.subject).toBe(true)
  })
})
