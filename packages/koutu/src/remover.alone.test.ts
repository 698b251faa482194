// The library as a program meets it: results, inputs, events, aborts, and a caller's thread left alone. The network is the real
// one where its answer or its length counts.

import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import zlib from 'node:zlib'
import { buildTestModel, drawDisc } from '@koutu/testing'
import { type Cutout, createRemover, isKoutuError, type KoutuEvent, type Remover } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const EXAMPLE = join(import.meta.dirname, '../../../examples/photo.jpg')
const wasm = Reflect.get(globalThis, 'WebAssembly') as {
  compile(bytes: Uint8Array): Promise<unknown>
  instantiate(bytes: Uint8Array): Promise<unknown>
}
/** The magic number and version of WebAssembly. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
let remover: Remover
let example: Cutout
/** A tiny network and a white disc that it finds, for what does not depend on answers: the real one takes seconds of a processor. */
let model = ''
let disc = ''
let quick: Remover
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-library-'))
  model = join(folder, 'tiny.onnx')
  await writeFile(model, buildTestModel({ kind: 'prob', size: 160 }))
  const input = { width: 160, height: 160, mean: [0, 0, 0], std: [1, 1, 1] }
  await writeFile(`${model}.json`, JSON.stringify({ input, output: { kind: 'prob' } }))
  disc = join(folder, 'disc.png')
  const { data } = drawDisc(160, 160, 80, 80, 50)
  await sharp(Buffer.from(data.map((v) => v * 255)), { raw: { width: 160, height: 160, channels: 1 } }).toFile(disc)
  quick = await createRemover({ model })
  remover = await createRemover()
  example = await remover.remove(EXAMPLE)
})
afterAll(async () => {
  await quick[Symbol.asyncDispose]()
  await remover[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

describe('remove', () => {
  it('cuts the example out, at full size, with a report', async () => {
    const { image, alpha, report, warnings } = example
    const { width, height } = await sharp(EXAMPLE).metadata()
    expect([alpha.width, alpha.height, alpha.data.length]).toEqual([width, height, width * height])
    expect(warnings).toEqual([])
    expect(report).toMatchObject({
      subject: true,
      input: { width, height, format: 'jpeg' },
      engine: 'onnx',
      model: 'isnet-general-use',
      precision: expect.stringMatching(/^(int8|fp32)$/),
    })
    expect(report.coverage).toBeGreaterThan(0.05)
    expect(report.coverage).toBeLessThan(0.8)
    expect(report.timingsMs.encode).toBeUndefined()
    const bytes = await image.bytes()
    expect(await image.bytes()).toBe(bytes)
    expect(report.timingsMs.encode).toBeGreaterThan(0)
    const blob = await image.blob()
    expect(blob.type).toBe('image/png')
    expect(Buffer.from(await blob.arrayBuffer()).equals(bytes)).toBe(true)
    // Both are bodies by their types, without a cast.
    const bodies = [new Response(await image.bytes()), new Response(image.stream())]
    for (const body of bodies) expect(Buffer.from(await body.arrayBuffer()).equals(bytes)).toBe(true)
    expect(image).toMatchObject({ format: 'png', mimeType: 'image/png', width, height })
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([width, height, 4])
    for (let i = 0; i < alpha.data.length; i += 997) expect(data[i * 4 + 3]).toBe(Math.round(alpha.data[i]! * 255))
  })

  it('makes the same result again without the network, and another one with hints', async () => {
    const first = example
    // As it comes back from a file or another process.
    const coarse = structuredClone(first.coarse!)
    const again = await remover.refine(EXAMPLE, coarse)
    expect(Buffer.from(await again.image.bytes()).equals(await first.image.bytes())).toBe(true)
    expect([again.report.model, again.report.precision]).toEqual([first.report.model, first.report.precision])
    expect([first.report.timingsMs.infer, again.report.timingsMs.infer]).toEqual([expect.any(Number), undefined])
    const { box } = first.report
    const middle = `${box!.left + box!.width / 2},${box!.top + box!.height / 2}`
    const erased = await remover.refine(EXAMPLE, coarse, { erase: `${middle}@20` })
    expect(erased.report.coverage).toBeLessThan(first.report.coverage - 0.001)
  })

  it('takes a path, a URL, bytes, a Blob and streams, with equal results', async () => {
    const path = disc
    const small = await readFile(path)
    const inputs = [
      path,
      pathToFileURL(path),
      pathToFileURL(path).href,
      new Uint8Array(small),
      new Blob([new Uint8Array(small)]),
      createReadStream(path),
      new Blob([new Uint8Array(small)]).stream(),
    ]
    const alphas: Cutout['alpha'][] = []
    for (const input of inputs) alphas.push((await quick.remove(input)).alpha)
    for (const alpha of alphas)
      expect(Buffer.from(alpha.data.buffer).equals(Buffer.from(alphas[0]!.data.buffer))).toBe(true)
    // The caller's bytes are still the caller's.
    expect(small.length).toBe((await readFile(path)).length)
  })

  it.skipIf(process.platform !== 'linux')(
    'made for one image keeps no process after it (read from /proc)',
    async () => {
      const children = async () => {
        const tasks = (await readdir('/proc/self/task')).map((task) => `/proc/self/task/${task}/children`)
        // A thread may end between the two.
        const lists = await Promise.all(tasks.map((path) => readFile(path, 'utf8').catch(() => '')))
        return lists.join(' ').trim().split(/\s+/).length
      }
      const before = await children()
      await using once = await createRemover({ model }, { once: true })
      const first = await once.remove(disc)
      await expect.poll(children).toBe(before)
      const second = await once.remove(disc)
      expect(second.alpha).toEqual(first.alpha)
    },
  )

  it('refuses what is no input, no image or no option with a code', async () => {
    expect(await quick.remove(42 as never).catch(code)).toBe('INPUT_UNREADABLE')
    expect(await quick.remove(join(folder, 'nothing.jpg')).catch(code)).toBe('INPUT_NOT_FOUND')
    expect(await quick.remove(folder).catch(code)).toBe('INPUT_UNREADABLE')
    expect(await quick.remove(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')).catch(code)).toBe(
      'IMAGE_UNSUPPORTED',
    )
    expect(await quick.remove(disc, { maxPixels: 1000 }).catch(code)).toBe('IMAGE_TOO_LARGE')
    expect(await quick.remove(disc, { maxBytes: 1000 }).catch(code)).toBe('IMAGE_TOO_MANY_BYTES')
    expect(await quick.remove(createReadStream(disc), { maxBytes: 1000 }).catch(code)).toBe('IMAGE_TOO_MANY_BYTES')
    expect(await quick.remove(disc, { margin: 5 } as never).catch(code)).toBe('INVALID_OPTIONS')
    expect((await quick.remove(disc)).report.input.format).toBe('png')
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('a fault of the listener')
      },
    ],
    ['rejects', () => Promise.reject(new Error('a fault of the listener'))],
  ])('goes on when onEvent %s, and says so in a warning', async (_how, onEvent) => {
    let calls = 0
    const listener = () => {
      calls++
      return onEvent()
    }
    const { warnings } = await quick.remove(disc, {}, { onEvent: listener })
    expect(warnings).toEqual([{ code: 'listener-failed', message: expect.stringContaining('a fault of the listener') }])
    expect(calls).toBeGreaterThan(0)
  })

  it('takes what is in memory in other forms', async () => {
    const { data, info } = await sharp(EXAMPLE).resize(200).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    const { width, height } = info
    const png = await sharp(data, { raw: { width, height, channels: 4 } })
      .png()
      .toBuffer()
    const expected = await quick.remove(png)
    for (const input of [
      { data: new Uint8ClampedArray(data), width, height },
      sharp(data, { raw: { width, height, channels: 4 } }),
      new Response(new Uint8Array(png)),
      `data:image/png;base64,${png.toString('base64')}`,
    ]) {
      const { alpha } = await quick.remove(input, { maxBytes: png.length })
      expect(Buffer.from(alpha.data.buffer).equals(Buffer.from(expected.alpha.data.buffer))).toBe(true)
    }
  })

  it('tells its progress, which never falls and ends at exactly 1', async () => {
    const events: KoutuEvent[] = []
    await quick.remove(disc, {}, { onEvent: (event) => events.push(event) })
    const fractions = events.flatMap((event) => (event.type === 'progress' ? [event.fraction] : []))
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    expect(events.at(-1)?.type).toBe('done')
  })

  it('stops when aborted, at any time, and works afterwards', async () => {
    expect(await remover.remove(EXAMPLE, {}, { signal: AbortSignal.abort() }).catch(code)).toBe('ABORTED')
    for (const delayMs of [0, 50, 150]) {
      const stopped = await remover.remove(EXAMPLE, {}, { signal: AbortSignal.timeout(delayMs) }).catch(code)
      expect(stopped, `${delayMs} ms`).toBe('ABORTED')
    }
    expect((await remover.remove(EXAMPLE)).report.subject).toBe(true)
  })

  it('does no costly work on the caller’s thread: decodes, mattes and encodes elsewhere', async () => {
    await quick.warm()
    const large = await sharp(EXAMPLE).resize(1500).jpeg().toBuffer()
    const codec = (['metadata', 'toBuffer', 'toUint8Array'] as const).map((name) => vi.spyOn(sharp.prototype, name))
    const compression = (['deflate', 'deflateSync', 'createDeflate'] as const).map((name) => vi.spyOn(zlib, name))
    const kernels = (['compile', 'instantiate'] as const).map((name) => vi.spyOn(wasm, name))
    const spies = [...codec, ...compression, ...kernels]
    try {
      for (const format of ['png', 'webp'] as const) {
        const { image } = await quick.remove(large, { format })
        expect((await image.bytes()).length).toBeGreaterThan(10_000)
      }
      expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([])
      // What happens here is seen.
      await sharp(large).metadata()
      zlib.deflateSync('x')
      await wasm.compile(EMPTY_MODULE)
      expect(spies.flatMap((spy) => spy.mock.calls)).toHaveLength(3)
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
  })

  it('cuts several images at once, each its own', async () => {
    const sizes = [120, 160, 200]
    const inputs = await Promise.all(sizes.map((width) => sharp(disc).resize(width).png().toBuffer()))
    const results = await Promise.all(inputs.map((input) => quick.remove(input)))
    expect(results.map(({ alpha }) => alpha.width)).toEqual(sizes)
  })

  it('finds no subject in a flat image, and says so', async () => {
    const flat = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#7fa0c0' } })
      .png()
      .toBuffer()
    const { report, warnings, alpha } = await remover.remove(flat)
    expect(report.subject).toBe(false)
    expect(warnings.map((warning) => warning.code)).toContain('no-subject')
    expect(Math.max(...alpha.data)).toBeLessThan(0.5)
  })
})

describe('a remover', () => {
  it('encodes what it has cut out also after it was disposed of, and layers that the decoder owns', async () => {
    const other = await createRemover({ model, format: 'psd', decontaminate: false })
    const { image: before } = await other.remove(disc)
    const { image: after } = await other.remove(disc)
    const bytes = await before.bytes()
    await other[Symbol.asyncDispose]()
    expect(Buffer.from(await after.bytes()).equals(bytes)).toBe(true)
    expect(Buffer.from(bytes.subarray(0, 4)).toString()).toBe('8BPS')
  })

  it('ends when it is disposed of, with what it was doing', async () => {
    const other = await createRemover()
    const pending = other.remove(EXAMPLE).catch(code)
    await other[Symbol.asyncDispose]()
    expect(await pending).toBe('ABORTED')
    expect(await other.remove(EXAMPLE).catch(code)).toBe('ABORTED')
  })

  it('checks its defaults at once', async () => {
    expect(await createRemover({ lossyQuality: 0 }).catch(code)).toBe('INVALID_OPTIONS')
  })
})
