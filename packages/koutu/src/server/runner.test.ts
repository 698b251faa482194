// The real pipeline behind the server's port: in a process of its own, which may die without taking this one along.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isKoutuError, resolveOptions } from '@koutu/core'
import type { Runner } from '@koutu/server'
import { createRemover } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const EXAMPLE = join(import.meta.dirname, '../../../../examples/photo.jpg')
const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

describe('the runner', () => {
  let runner: Runner
  let input: Uint8Array
  beforeAll(async () => {
    // The built module: a process is started from a file that Node can run.
    const { startRunner } = (await import(new URL('../../dist/server/start-runner.js', import.meta.url).href)) as {
      startRunner: () => Runner
    }
    runner = startRunner()
    input = await readFile(EXAMPLE)
    await runner.warm({})
  })
  afterAll(() => runner[Symbol.asyncDispose]())

  it('makes the very image that the library makes', async () => {
    const options = resolveOptions({ crop: true })
    const fractions: number[] = []
    const result = await runner.run(
      { input, options, isIsolated: false },
      { onEvent: (event) => event.type === 'progress' && fractions.push(event.fraction) },
    )
    await using remover = await createRemover()
    const { image } = await remover.remove(EXAMPLE, { crop: true })
    expect(Buffer.from(await image.bytes()).equals(result.image)).toBe(true)
    const { width, height } = await sharp(result.image).metadata()
    expect(result).toMatchObject({ contentType: 'image/png', width, height, report: { subject: true, engine: 'onnx' } })
    expect(fractions.at(-1)).toBe(1)
  })

  it('makes the same image again from what the network found', async () => {
    const request = { input, options: resolveOptions({}), isIsolated: false }
    const first = await runner.run(request, {})
    expect(first.coarse!.facts).toMatchObject({ box: { left: 0, top: 0 }, engine: 'onnx', model: 'isnet-general-use' })
    const { channels, depth } = await sharp(first.coarse!.file).metadata()
    expect([channels, depth]).toEqual([1, 'uchar'])
    const again = await runner.run({ ...request, coarse: first.coarse }, {})
    expect(Buffer.from(again.image).equals(first.image)).toBe(true)
    expect([again.report.timingsMs.infer, again.coarse]).toEqual([undefined, undefined])
  })

  it('passes codes on', async () => {
    const request = { input: new TextEncoder().encode('no image'), options: resolveOptions({}), isIsolated: false }
    expect(await runner.run(request, {}).catch(code)).toBe('IMAGE_UNSUPPORTED')
  })

  it('stops when told to, and works on', async () => {
    const controller = new AbortController()
    const running = runner.run({ input, options: resolveOptions({}), isIsolated: false }, { signal: controller.signal })
    controller.abort()
    expect(await running.catch(code)).toBe('ABORTED')
    expect((await runner.run({ input, options: resolveOptions({}), isIsolated: false }, {})).report.subject).toBe(true)
  })
})
