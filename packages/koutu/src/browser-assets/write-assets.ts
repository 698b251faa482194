// Writes the folder that pages with @koutu/browser read: worker, kernels, runtimes, models, and an index that comes last.

import { createHash } from 'node:crypto'
import { readFile, rm, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import {
  ASSET_FORMAT,
  type AssetFile,
  type AssetManifest,
  type AssetModel,
  type AssetRuntime,
  MANIFEST_NAME,
  type SelfTest,
} from '@koutu/browser/assets'
import type { Ctx } from '@koutu/core'
import { floatTest, halfTest, integerTest } from '@koutu/node'
import { writeWhole } from '../write-file.ts'
import { type BrowserModel, type BrowserPrecision, browserModels, browserRefiner } from './browser-models.ts'
import { findInstalled, type RuntimePaths } from './installed.ts'

export interface AssetRequest {
  /** Of koutu. */
  readonly version: string
  readonly models: readonly string[]
  /** Matting networks: names, or paths of files. */
  readonly refiners?: readonly string[]
  readonly precisions: readonly BrowserPrecision[]
}

/** Files of an earlier run that are no longer named are deleted. Errors: ASSET_MISSING, MODEL_*, OUTPUT_UNWRITABLE, ABORTED. */
export async function writeAssets(folder: string, request: AssetRequest, ctx: Ctx): Promise<AssetManifest> {
  const { workerPath, kernelsPath, extrasPath, avif, enginePath, integers, runtimeVersion, runtimes } =
    await findInstalled()
  const before = await filesOf(join(folder, MANIFEST_NAME))
  const put = async (name: string, bytes: Uint8Array): Promise<AssetFile> => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const extension = extname(name)
    const file = {
      name: `${basename(name, extension)}.${sha256.slice(0, 16)}${extension}`,
      bytes: bytes.byteLength,
      sha256,
    }
    const path = join(folder, file.name)
    // Its name says what it holds.
    const there = await stat(path).catch(() => null)
    if (there?.size !== bytes.byteLength) await writeWhole(path, bytes)
    return file
  }
  const copy = async (path: string) => put(basename(path), await readFile(path))
  const copyRuntime = async ({ script, glue, wasm }: RuntimePaths): Promise<AssetRuntime> => ({
    version: runtimeVersion,
    script: await copy(script),
    glue: await copy(glue),
    wasm: await copy(wasm),
  })
  const putModel = async ({ graph, weights, plan, ...model }: BrowserModel): Promise<AssetModel> => {
    const { id, precision, isFast } = model
    // Graphs in half precision read the file of those in floats.
    const kind = precision === 'int8' ? 'int8' : 'fp32'
    const name = `${id}.${precision}${isFast ? '.fast' : ''}`
    return {
      ...model,
      ...(plan && { plan: await put(`${name}.plan`, plan) }),
      graph: await put(`${name}.onnx`, graph),
      weights: await put(`${id}.${kind}.data`, weights),
    }
  }
  const models: AssetModel[] = []
  for (const name of request.models) {
    for await (const model of browserModels(name, request.precisions, ctx)) models.push(await putModel(model))
  }
  const refiners: AssetModel[] = []
  for (const name of request.refiners ?? []) refiners.push(await putModel(await browserRefiner(name, ctx)))
  const tests: SelfTest[] = []
  for (const { name, graph, ...test } of [floatTest(), halfTest(), integerTest()])
    tests.push({ ...test, graph: await put(name, graph) })
  const manifest: AssetManifest = {
    format: ASSET_FORMAT,
    koutu: request.version,
    worker: await copy(workerPath),
    kernels: await copy(kernelsPath),
    extras: await copy(extrasPath),
    avif: { script: await copy(avif.script), wasm: await copy(avif.wasm) },
    runtimes: { wasm: await copyRuntime(runtimes.wasm), webgpu: await copyRuntime(runtimes.webgpu) },
    engine: await copy(enginePath),
    integers: {
      script: await copy(integers.script),
      wasm: await copy(integers.wasm),
      wide: await copy(integers.wide),
    },
    models,
    refiners,
    selfTests: tests,
  }
  await writeWhole(join(folder, MANIFEST_NAME), Buffer.from(`${JSON.stringify(manifest)}\n`))
  const now = new Set(namesIn(manifest))
  for (const name of before) if (!now.has(name)) await rm(join(folder, name), { force: true })
  return manifest
}

/** Names of the files of a folder, without its index. */
export function assetFiles({
  worker,
  kernels,
  extras,
  avif,
  runtimes,
  engine,
  integers,
  models,
  refiners = [],
  selfTests,
}: AssetManifest): readonly AssetFile[] {
  const ofRuntimes = Object.values(runtimes).flatMap(({ script, glue, wasm }) => [script, glue, wasm])
  const graphs = [...models, ...refiners].flatMap(({ graph, weights, plan }) => [
    graph,
    weights,
    ...(plan ? [plan] : []),
  ])
  const tests = selfTests.map(({ graph }) => graph)
  const code = [avif, integers].flatMap(({ script, wasm }) => [script, wasm])
  const all = [worker, kernels, extras, engine, integers.wide, ...code, ...ofRuntimes, ...graphs, ...tests]
  return [...new Map(all.map((file) => [file.name, file])).values()]
}

const namesIn = (manifest: AssetManifest) => assetFiles(manifest).map(({ name }) => name)

/** What an earlier run wrote: plain names alone, since the index may have been changed by others. */
async function filesOf(path: string): Promise<readonly string[]> {
  try {
    return namesIn(JSON.parse(await readFile(path, 'utf8')) as AssetManifest).filter((name) => basename(name) === name)
  } catch {
    return []
  }
}
