// What @koutu/browser costs a page: the part that its first load brings, and the worker that its first call loads.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const BROWSER = join(import.meta.dirname, '../packages/browser/src')

/** Kilobytes, minified and gzipped, and the packages and folders that are in. */
async function bundled(entry: string): Promise<{ kb: number; inputs: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(BROWSER, entry)],
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
    metafile: true,
    conditions: ['@koutu/source'],
  })
  const [output] = Object.values(metafile.outputs)
  // Of what is looked at, most is left out.
  const inputs = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return { kb: gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1000, inputs: inputs.map(([path]) => path) }
}

it('the first load of a page: at most 15 kB', async () => {
  const { kb, inputs } = await bundled('index.ts')
  expect(kb).toBeLessThan(15)
  expect(inputs.some((path) => path.endsWith('channel.ts'))).toBe(true)
  expect(inputs.filter((path) => /zod|onnxruntime|\/(worker|codec|engine)\//.test(path))).toEqual([])
})

it('the worker as it is built, without runtime and weights: at most 90 kB', () => {
  const worker = readFileSync(join(BROWSER, '../dist/bundle/worker.js'))
  expect(worker.includes('allowsEval')).toBe(true)
  expect(gzipSync(worker, { level: 9 }).length / 1000).toBeLessThan(90)
})
