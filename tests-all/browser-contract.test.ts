// The contract suites of codec and engine inside Chromium and Firefox, on the very ports that the library's worker has, and one image
// cut through its public call in each.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EncodeRequest, resolve } from '@koutu/core'
import { createSharpCodec } from '@koutu/node'
import {
  buildTestModel,
  CONTRACT_MODELS,
  type CodecFeatures,
  codecContract,
  drawCutout,
  drawGradient,
  engineContract,
  type TestModelOptions,
  unzip,
} from '@koutu/testing'
import { build } from 'esbuild'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPage, startChromium } from './browser/chromium.ts'
import { startFirefox } from './browser/firefox.ts'
import { writeAssets } from './browser/kit.ts'
import { createLine, type Line } from './browser/ports/line.ts'
import { ISOLATION, openSite, type Site } from './browser/site.ts'

const FEATURES: CodecFeatures = {
  unread: ['tiff'],
  keepsExtras: ['png', 'webp', 'jpeg'],
  keepsDensity: false,
}

const BROWSERS: Readonly<Record<string, (url: string) => Promise<AsyncDisposable>>> = {
  async chromium(url) {
    const browser = await startChromium()
    await openPage(browser, url)
    return { [Symbol.asyncDispose]: () => browser.close() }
  },
  firefox: startFirefox,
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-contract-'))
  await writePage(join(folder, 'page'))
  await writeAssets(join(folder, 'assets'), ['--precision', 'fp32', '--model', (await writeModels()).join(',')])
})
afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true })
})

const idOf = ({ kind, size, outputType }: TestModelOptions) => [kind, size, outputType ?? 'default'].join('-')

/** Files of the networks, each with its description beside it. */
async function writeModels(): Promise<string[]> {
  const paths: string[] = []
  for (const model of CONTRACT_MODELS) {
    const path = join(folder, `${idOf(model)}.onnx`)
    const output = { kind: model.kind === 'minmax-empty' ? 'minmax' : model.kind }
    await writeFile(path, buildTestModel(model))
    const input = { width: 64, height: 64, mean: [0, 0, 0], std: [1, 1, 1] }
    await writeFile(`${path}.json`, JSON.stringify({ input, output }))
    paths.push(path)
  }
  return paths
}

async function writePage(target: string): Promise<void> {
  await mkdir(target)
  const html =
    '<!doctype html><title>ports</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>'
  await writeFile(join(target, 'index.html'), html)
  await build({
    entryPoints: ['page', 'worker'].map((name) => join(import.meta.dirname, `browser/ports/${name}.ts`)),
    outdir: target,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    logLevel: 'warning',
  })
}

describe.each(Object.keys(BROWSERS))('in %s', (name) => {
  let line: Line
  let site: Site
  let browser: AsyncDisposable
  beforeAll(async () => {
    line = createLine()
    site = await openSite({
      folders: { '/': join(folder, 'page'), '/koutu/': join(folder, 'assets') },
      headers: ISOLATION,
      intercept: line.intercept,
    })
    browser = await BROWSERS[name]!(site.origin)
    await line.opened
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  codecContract(name, () => line.codec, FEATURES)
  engineContract(name, {
    open: () => line.engine,
    requestFor: async (model) => resolve({ model: idOf(model) }).subject,
    badRequest: async () => resolve({ model: 'nobody' }).subject,
  })

  it('files of layers are those of the codec in Node, byte for byte', async () => {
    const [color, cutout] = [drawGradient(40, 30, 8), drawCutout(40, 30, 8)]
    const layers = [
      { name: 'Original', raster: color, visible: false },
      { name: 'Cutout', raster: cutout, visible: true },
    ]
    const request: EncodeRequest = {
      format: 'psd',
      lossyQuality: 90,
      icc: null,
      metadata: { exif: null, xmp: null },
      layers,
    }
    const [here, there] = [createSharpCodec(), line.codec].map((codec) => codec.encode(cutout, request, {}))
    expect(Buffer.from((await there)!).equals((await here)!)).toBe(true)
    const members = await unzip(await line.codec.encode(color, { ...request, format: 'zip', layers: [layers[0]!] }, {}))
    const { width, height, channels } = await sharp(members.get('Original.jpg')!).metadata()
    expect([width, height, channels]).toEqual([40, 30, 3])
  })

  it('the library cuts an image with threads', async () => {
    const { png, ...answer } = await line.call('cut', { options: { model: idOf(CONTRACT_MODELS[0]!) } })
    expect(answer).toEqual({
      precision: expect.stringMatching(/^fp32 on wasm( x \d+)?$/),
      warnings: [],
      isIsolated: true,
    })
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([64, 64, 4])
    expect([data[(32 * 64 + 32) * 4 + 3], data[3]]).toEqual([255, 0])
  })
})
