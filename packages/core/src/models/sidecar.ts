// A manifest for an .onnx file of the user's own: from its sidecar JSON, from options, else from stated assumptions.
// It knows values only; who reads the files is an adapter's business.

import * as z from 'zod'
import type { ModelChoice } from '../options/grouped.ts'
import { invalidOptions } from '../options/resolve.ts'
import type { Size } from '../pixels/raster.ts'
import type { Warning } from '../ports/ports.ts'
import { ModelInput, ModelManifest, ModelOutput } from './manifest.ts'

/** `./my.onnx.json` or `./my.json`: the same words as the catalog; whatever is left out is assumed. */
export const Sidecar = z.strictObject({
  title: z.string().optional(),
  input: ModelInput.partial().optional(),
  output: ModelOutput.partial().optional(),
})
export type Sidecar = z.output<typeof Sidecar>

/** What `--model-size` and its neighbors say; each wins over the sidecar. */
export type LocalModelOptions = Omit<ModelChoice, 'name'>

/** The commonest shape of such networks. `prob`: right for every graph that ends in a sigmoid, and the subject is still found when it does not. */
const ASSUMED = {
  width: 1024,
  height: 1024,
  fit: 'stretch',
  multiple: 1,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} satisfies ModelInput
const ASSUMED_KIND = 'prob'

/** As ViTMatte's exports: RGB and trimap in 0..1. */
const REFINER_ASSUMED = { ...ASSUMED, mean: [0, 0, 0], std: [1, 1, 1] } satisfies ModelInput

/** The manifest of a file that refines. What ViTMatte's exports want is its interface, not an assumption: nothing to warn of. */
export function localRefiner(
  path: string,
  sidecar: { readonly path: string; readonly json: unknown } | null,
  graphSize: Size | null,
): ModelManifest {
  const said = sidecar ? readSidecar(sidecar) : {}
  return ModelManifest.parse({
    ...unknownModel(path, said.title),
    kind: 'refiner',
    input: { ...REFINER_ASSUMED, ...graphSize, ...said.input },
    output: { kind: ASSUMED_KIND, ...said.output },
  })
}

/** Defaults for what the sidecar leaves out. */
function unknownModel(path: string, title = path) {
  return {
    id: idOf(path),
    title,
    about: 'A model file of your own.',
    sources: [{ type: 'file', path }],
    license: {
      id: 'NOASSERTION',
      url: null,
      commercial: 'unclear',
      note: 'The license of this file is unknown to koutu.',
    },
    minRuntime: null,
    memoryMb: null,
  }
}

/** Whether a model option names a file and not a catalog model. */
export function isModelPath(model: string): boolean {
  return /\.onnx$/i.test(model)
}

/** Where the sidecar of a model file may lie, in the order they are tried. */
export function sidecarPaths(modelPath: string): readonly string[] {
  return [`${modelPath}.json`, modelPath.replace(/\.onnx$/i, '.json')]
}

/**
 * The manifest of a local file, and a warning that names what had to be assumed. `graphSize` is what the graph itself
 * says of its input.
 * Errors: INVALID_OPTIONS, naming the sidecar's every problem.
 */
export function localManifest(
  path: string,
  sidecar: { readonly path: string; readonly json: unknown } | null,
  options: LocalModelOptions,
  graphSize: Size | null = null,
): { readonly manifest: ModelManifest; readonly warnings: readonly Warning[] } {
  const said = sidecar ? readSidecar(sidecar) : {}
  const assumed: string[] = []
  const choose = <T>(name: string, given: T | undefined, fallback: T): T => {
    if (given !== undefined) return given
    assumed.push(`${name} ${Array.isArray(fallback) ? fallback.join(',') : String(fallback)}`)
    return fallback
  }
  // One side alone means a square.
  const width = options.size ?? said.input?.width ?? said.input?.height ?? graphSize?.width
  const height = options.size ?? said.input?.height ?? said.input?.width ?? graphSize?.height
  const manifest = ModelManifest.parse({
    ...unknownModel(path, said.title),
    input: {
      width: choose('input size', width, ASSUMED.width),
      height: height ?? ASSUMED.height,
      fit: said.input?.fit ?? ASSUMED.fit,
      multiple: said.input?.multiple ?? ASSUMED.multiple,
      mean: choose('mean', options.mean ?? said.input?.mean, ASSUMED.mean),
      std: choose('std', options.std ?? said.input?.std, ASSUMED.std),
    },
    output: {
      kind: choose('output', options.output ?? said.output?.kind, ASSUMED_KIND),
      name: said.output?.name ?? null,
    },
  })
  if (assumed.length === 0) return { manifest, warnings: [] }
  const message = `No input or output is stated for ${manifest.id}.onnx: assumed ${assumed.join('; ')}. Write them to ${sidecarPaths(path)[0]}, or use --model-size, --model-mean, --model-std and --model-output.`
  return { manifest, warnings: [{ code: 'model-assumed', message }] }
}

function readSidecar({ path, json }: { readonly path: string; readonly json: unknown }): Sidecar {
  const result = Sidecar.safeParse(json)
  if (result.success) return result.data
  throw invalidOptions(
    result.error.issues.map(({ path: at, message }) => ({
      path: `${path}${at.length > 0 ? `: ${at.join('.')}` : ''}`,
      message,
    })),
  )
}

/** The file's name without folder and ending, in the letters an id may have. */
function idOf(path: string): string {
  const name = path.split(/[\\/]/).at(-1)!
  const id = name
    .replace(/\.onnx$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
  return id || 'local'
}
