// What koutu knows of a model: where it lies, what it eats, what it answers, under which licence.

import { z } from 'zod'

export const OUTPUT_KINDS = ['logits', 'prob', 'minmax', 'argmax'] as const

export const ModelManifest = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  title: z.string(),
  /** Why one would choose it, one sentence. */
  about: z.string(),
  sources: z
    .array(
      z.discriminatedUnion('type', [
        /** A model-pack package that may be installed beside koutu. */
        z.strictObject({ type: z.literal('pack'), package: z.string() }),
        z.strictObject({ type: z.literal('url'), url: z.url(), mirrors: z.array(z.url()).default([]) }),
        z.strictObject({ type: z.literal('file'), path: z.string() }),
      ]),
    )
    .min(1),
  /** Of the file as published. Null where nobody has published it: pinned at the first pull. */
  bytes: z.number().int().positive().nullable(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  license: z.strictObject({
    id: z.string(),
    url: z.url().nullable(),
    commercial: z.enum(['yes', 'no', 'unclear']),
    note: z.string(),
  }),
  input: z.strictObject({
    /** Pixels. For `fit: 'aspect'` the reference side. */
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    /** 'stretch' to width x height; 'aspect' keeps the picture's own ratio, both sides a multiple of `multiple`. */
    fit: z.enum(['stretch', 'aspect']),
    multiple: z.number().int().positive().default(1),
    /** Of RGB in 0..1: (value - mean) / std, NCHW, float32, batch 1. */
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
  }),
  output: z.strictObject({
    kind: z.enum(OUTPUT_KINDS),
    /** Name of the output to read; null = the first. */
    name: z.string().nullable().default(null),
  }),
  minRuntime: z.string(),
  /** Peak resident megabytes of one pass on a CPU, as measured or published. Null = not known. */
  memoryMb: z.number().positive().nullable(),
})

export type ModelManifest = z.output<typeof ModelManifest>
