// Where the installed packages keep what the browser needs.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { RuntimeName } from '@koutu/browser/assets'
import { KoutuError } from '@koutu/core'

export interface InstalledAssets {
  readonly workerPath: string
  readonly kernelsPath: string
  readonly extrasPath: string
  /** libavif: a script, and the WebAssembly that it starts. */
  readonly avif: CodePaths
  readonly enginePath: string
  /** koutu's own engine for int8 networks. */
  readonly integers: CodePaths & { readonly wide: string }
  readonly runtimeVersion: string
  readonly runtimes: Readonly<Record<RuntimeName, RuntimePaths>>
}

interface CodePaths {
  readonly script: string
  readonly wasm: string
}

export interface RuntimePaths extends CodePaths {
  readonly glue: string
}

/** Errors: ASSET_MISSING where the package for browsers is not installed. */
export async function findInstalled(): Promise<InstalledAssets> {
  const require = createRequire(import.meta.url)
  try {
    const inBrowser = createRequire(require.resolve('@koutu/browser/package.json'))
    const runtimes = dirname(inBrowser.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'))
    const { version } = JSON.parse(await readFile(join(runtimes, '../package.json'), 'utf8')) as { version: string }
    const build = (script: string, binary: string): RuntimePaths => ({
      script: join(runtimes, script),
      glue: join(runtimes, `${binary}.mjs`),
      wasm: join(runtimes, `${binary}.wasm`),
    })
    return {
      workerPath: require.resolve('@koutu/browser/worker.js'),
      kernelsPath: require.resolve('@koutu/browser/kernels.wasm'),
      extrasPath: require.resolve('@koutu/browser/extras.js'),
      avif: {
        script: inBrowser.resolve('@jsquash/avif/codec/enc/avif_enc.js'),
        wasm: inBrowser.resolve('@jsquash/avif/codec/enc/avif_enc.wasm'),
      },
      enginePath: require.resolve('@koutu/browser/engine.js'),
      integers: {
        script: require.resolve('@koutu/browser/integer-thread.js'),
        wasm: require.resolve('@koutu/browser/integers.wasm'),
        wide: require.resolve('@koutu/browser/integers-wide.wasm'),
      },
      runtimeVersion: version,
      runtimes: {
        wasm: build('ort.wasm.min.mjs', 'ort-wasm-simd-threaded'),
        webgpu: build('ort.jspi.min.mjs', 'ort-wasm-simd-threaded.jspi'),
      },
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new KoutuError('ASSET_MISSING', {
      detail: `@koutu/browser is not installed (${code}): npm install @koutu/browser`,
      cause,
    })
  }
}
