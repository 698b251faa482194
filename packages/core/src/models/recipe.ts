// An int8 recipe of a model: value ranges measured on images, for one weights file. The int8 graph is built from both on the
// user's machine.

import * as z from 'zod'

export const QuantizationRecipe = z.strictObject({
  version: z.literal(1),
  model: z.string(),
  /** SHA-256 of the model's file as published: names of values belong to one export. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** How the ranges were found: for people, and to make them again. */
  made: z.strictObject({ command: z.string(), method: z.string(), pictures: z.number().int().positive() }),
  /** Least and largest number of each value that u8 is to tell apart, by name. */
  ranges: z.record(z.string(), z.tuple([z.number(), z.number()])),
  /** Results of convolutions that stay in float. */
  float: z.array(z.string()),
})
export type QuantizationRecipe = z.output<typeof QuantizationRecipe>
