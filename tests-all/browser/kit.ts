// What the browser suites need: a folder of files as users make it, and a page that has the library.

import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildTestModel, buildTestRefiner } from '@koutu/testing'
import { build } from 'esbuild'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')

export async function writeAssets(folder: string, flags: readonly string[]): Promise<void> {
  await run(process.execPath, [join(ROOT, 'packages/koutu/bin/koutu.js'), 'browser-assets', folder, ...flags])
}

/** Side of the tiny network's input. */
const TINY_SIDE = 64

/** A network whose alpha is the mean of a pixel's three channels. */
export async function writeTinyModel(folder: string): Promise<string> {
  const path = join(folder, 'tiny.onnx')
  await writeFile(path, buildTestModel({ kind: 'prob', size: TINY_SIDE }))
  const input = { width: TINY_SIDE, height: TINY_SIDE, mean: [0, 0, 0], std: [1, 1, 1] }
  await writeFile(`${path}.json`, JSON.stringify({ input, output: { kind: 'prob' } }))
  return path
}

/** A matting network whose alpha is the mean of that and the trimap. */
export async function writeTinyRefiner(folder: string): Promise<string> {
  const path = join(folder, 'tiny-refiner.onnx')
  await writeFile(path, buildTestRefiner(TINY_SIDE))
  return path
}

/** A page whose `koutu` is the library. The built packages, as a bundler finds them. */
export async function writePage(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const html =
    '<!doctype html><title>page</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>'
  await writeFile(join(folder, 'index.html'), html)
  const contents = "import * as koutu from '@koutu/browser'\nglobalThis.koutu = koutu"
  await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    minify: true,
    logLevel: 'warning',
  })
}
