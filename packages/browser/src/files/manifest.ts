// What lies in the folder that `koutu browser-assets` writes: the index of its files. Pure data, for the page, the worker and
// the code that writes or serves such a folder.

import { KoutuError } from '@koutu/core/errors'
import type { ModelInput, ModelOutput } from '@koutu/core/models'

export {
  type Convolve,
  type IntegerPlan,
  type PlanScale,
  type PlanStep,
  type PlanTerms,
  packPlan,
  readPlan,
} from './integer-plan.ts'

export interface AssetFile {
  /** Name in the folder; a part of it is from the hash, so that a name never stands for other bytes. */
  readonly name: string
  readonly bytes: number
  /** Hexadecimal, 64 digits. */
  readonly sha256: string
}

/** A script and the WebAssembly that it starts. */
export interface AssetCode {
  readonly script: AssetFile
  readonly wasm: AssetFile
}

/** A build of onnxruntime-web: what is imported, the code that starts its WebAssembly, and that WebAssembly. */
export interface AssetRuntime extends AssetCode {
  readonly version: string
  readonly glue: AssetFile
}

/** koutu's own engine for int8 networks: the script of its threads, and its WebAssembly. */
export interface AssetIntegers extends AssetCode {
  /** For processors that have no exact products of bytes. */
  readonly wide: AssetFile
}

export interface AssetModel {
  readonly id: string
  /** fp16: half precision, for WebGPU where the device has it. */
  readonly precision: 'int8' | 'fp32' | 'fp16'
  /** Whether this graph is the smaller one that `quality: 'fast'` uses. */
  readonly isFast: boolean
  readonly input: ModelInput
  readonly output: ModelOutput
  readonly license: string
  readonly graph: AssetFile
  readonly weights: AssetFile
  /** The name under which the graph asks for its weights. */
  readonly weightsName: string
  /** float16: every weight is a float32 that half the bytes hold exactly. */
  readonly weightsType: 'as-is' | 'float16'
  /** Of an int8 graph that koutu's own engine can run instead of onnxruntime, with the same weights. */
  readonly plan?: AssetFile
}

/** A tiny network with one input, and what it must answer. */
export interface SelfTest {
  readonly precision: AssetModel['precision']
  readonly graph: AssetFile
  readonly dims: readonly number[]
  readonly input: readonly number[]
  readonly output: readonly number[]
  /** The most that one number may be off. */
  readonly tolerance: number
}

export const RUNTIMES = ['wasm', 'webgpu'] as const
export type RuntimeName = (typeof RUNTIMES)[number]

export interface AssetManifest {
  /** Of this index, and of the messages between page and worker. */
  readonly format: typeof ASSET_FORMAT
  /** Of the koutu that wrote the folder. */
  readonly koutu: string
  readonly worker: AssetFile
  readonly kernels: AssetFile
  /** Code of the worker that few images need, imported on demand. */
  readonly extras: AssetFile
  /** Writes AVIF. */
  readonly avif: AssetCode
  readonly runtimes: Readonly<Record<RuntimeName, AssetRuntime>>
  /** What opens networks, imported for the first one. */
  readonly engine: AssetFile
  readonly integers: AssetIntegers
  readonly models: readonly AssetModel[]
  /** Matting networks. Absent from folders of earlier versions. */
  readonly refiners?: readonly AssetModel[]
  readonly selfTests: readonly SelfTest[]
}

/** Raised when a page could not work with the worker of another folder. */
export const ASSET_FORMAT = 1
export const MANIFEST_NAME = 'manifest.json'

/** Errors: ASSET_INVALID where it is no index, or one of another format. */
export function readManifest(value: unknown): AssetManifest {
  const { format, worker, models } = (value ?? {}) as Partial<AssetManifest>
  if (format !== ASSET_FORMAT || typeof worker?.name !== 'string' || !Array.isArray(models)) {
    throw new KoutuError('ASSET_INVALID', {
      detail: `expected a manifest of format ${ASSET_FORMAT} but received ${JSON.stringify(format) ?? 'another file'}; run koutu browser-assets of the same version`,
    })
  }
  return value as AssetManifest
}
