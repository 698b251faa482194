// Opens what runs networks, and checks it. A file of its own beside the worker, imported for the first network.

import type { AssetStore, OnBytes } from '../files/asset-store.ts'
import type { AssetManifest } from '../files/manifest.ts'
import { openIntegers } from './integers/engine.ts'
import type { Candidate } from './provider.ts'
import type { Runner } from './runner.ts'
import { freeBinary, loadRuntime } from './runtime.ts'
import { runtimeRunner } from './runtime-runner.ts'
import { runSelfTest } from './self-test.ts'

/** Errors: ASSET_*, and those of the runtime or the browser, one that tells of a wrong answer among them. */
export async function openRunner(
  { runtimes, integers, selfTests }: AssetManifest,
  { name, threads, hasHalves, products }: Candidate,
  files: AssetStore,
  onBytes: OnBytes,
): Promise<Runner> {
  if (products) return openIntegers(integers, { products, threads }, files)
  const runtime = await loadRuntime(runtimes[name], threads, files, onBytes)
  const precisions = name === 'wasm' ? ['fp32', 'int8'] : hasHalves ? ['fp32', 'fp16'] : ['fp32']
  const tests = selfTests.filter(({ precision }) => precisions.includes(precision))
  for (const test of tests) await runSelfTest(runtime, name, test, files)
  freeBinary(runtime)
  return runtimeRunner(name, runtime)
}
