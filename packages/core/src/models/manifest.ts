// What koutu knows of a model: where its files lie, what it eats, what it answers, under which license.
// Facts of a file (bytes, hash, and where needed its own input and output) belong to its source: exports of the same
// weights differ.

import * as z from 'zod'

const OUTPUT_KINDS = ['logits', 'prob', 'minmax', 'argmax'] as const

const Rgb = z.tuple([z.number(), z.number(), z.number()])
const RgbScale = z.tuple([z.number().positive(), z.number().positive(), z.number().positive()])

export const ModelInput = z.strictObject({
  /** Pixels: the size itself, or for the other fits the reference. */
  width: z.number().int().positive().max(8192),
  height: z.number().int().positive().max(8192),
  /**
   * 'stretch' to width x height. The others keep the picture's own ratio, both sides a multiple of `multiple`:
   * 'short-side' brings the shorter side to the reference, 'area' keeps the reference's number of pixels.
   */
  fit: z.enum(['stretch', 'short-side', 'area']),
  multiple: z.number().int().positive().max(1024).default(1),
  /** Of RGB in 0..1: (value - mean) / std, NCHW, float32, batch 1. */
  mean: Rgb,
  std: RgbScale,
})
export type ModelInput = z.output<typeof ModelInput>

export const ModelOutput = z.strictObject({
  kind: z.enum(OUTPUT_KINDS),
  /** Name of the output to read; null = the first. */
  name: z.string().min(1).nullable().default(null),
})
export type ModelOutput = z.output<typeof ModelOutput>

const fileFacts = {
  /** Of the file as published. Null where the exact number is not known. */
  bytes: z.number().int().positive().nullable().default(null),
  /** Null where none has been published: pinned at the first pull. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null),
  /** Only where this file wants other numbers than the model's `input` and `output` say. */
  input: ModelInput.optional(),
  output: ModelOutput.optional(),
}

export const ModelSource = z.discriminatedUnion('type', [
  /** A model-pack package that may be installed beside koutu. */
  z.strictObject({ type: z.literal('pack'), package: z.string().min(1), ...fileFacts }),
  /** Fetched only by an explicit pull. All mirrors serve the same bytes. */
  z.strictObject({
    type: z.literal('url'),
    url: z.url({ protocol: /^https?$/ }),
    mirrors: z.array(z.url({ protocol: /^https?$/ })).default([]),
    ...fileFacts,
  }),
  z.strictObject({ type: z.literal('file'), path: z.string().min(1), ...fileFacts }),
])
export type ModelSource = z.output<typeof ModelSource>

/** A segmenter finds the subject in an image. A refiner finds the alpha of its edge, given an image and a trimap. */
const MODEL_KINDS = ['segmenter', 'refiner'] as const
export type ModelKind = (typeof MODEL_KINDS)[number]

export const ModelManifest = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  kind: z.enum(MODEL_KINDS).default('segmenter'),
  title: z.string(),
  /** Why one would choose it, one sentence. */
  about: z.string(),
  /** In order of preference. */
  sources: z.array(ModelSource).min(1),
  license: z.strictObject({
    /** SPDX id; NOASSERTION where the weights have no stated license; else the license's own name. */
    id: z.string(),
    url: z.url().nullable(),
    /** Whether the weights may be used commercially. 'no' asks before the first pull. */
    commercial: z.enum(['yes', 'no', 'unclear']),
    note: z.string(),
  }),
  input: ModelInput,
  output: ModelOutput,
  /** Least onnxruntime version, where one is known to be needed. */
  minRuntime: z
    .string()
    .regex(/^\d+\.\d+$/)
    .nullable(),
  /** Peak resident megabytes of one pass on a CPU, as measured or published. Null = not known. */
  memoryMb: z.number().positive().nullable(),
})
export type ModelManifest = z.output<typeof ModelManifest>

/** What the file of this source eats and answers: the model's own numbers unless the source has others. */
export function sourceSpec(
  manifest: ModelManifest,
  source: ModelSource,
): { readonly input: ModelInput; readonly output: ModelOutput } {
  return { input: source.input ?? manifest.input, output: source.output ?? manifest.output }
}
