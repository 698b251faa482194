// The one option schema of an image: types, flags, `--help`, JSON Schema and the docs tables derive from it.
// Engines of other packages add options of their own: `Options.extend({ engine: engineOption([…]), …theirs })`.

import * as z from 'zod'
import {
  ColorOptions,
  EdgeOptions,
  HintOptions,
  LimitOptions,
  ModelOptions,
  NetworkOptions,
  OutputOptions,
  SubjectOptions,
} from './groups.ts'
import { optionInfo } from './option-info.ts'
import type { OptionsOr } from './options-type.ts'

export interface EngineChoice {
  readonly id: string
  /** What the engine is, for help and docs: a noun phrase. */
  readonly about: string
}

/** The engine that every installation has. */
export const LOCAL_ENGINE = {
  id: 'onnx',
  about: 'a network on this machine',
} as const satisfies EngineChoice

type EngineEnum<Id extends string> = z.ZodDefault<z.ZodEnum<{ [K in Id]: K }>>

/** The option that chooses between `engines`; the first is the default. */
export function engineOption<const E extends readonly [EngineChoice, ...EngineChoice[]]>(
  engines: E,
): EngineEnum<E[number]['id']> {
  const [first] = engines
  const option = z.enum(engines.map(({ id }) => id)).default(first.id) as unknown as EngineEnum<E[number]['id']>
  return option.register(optionInfo, {
    title: 'Engine',
    help: `Use this engine. ${engines.map(({ id, about }) => `${id}: ${about}`).join('. ')}.`,
    group: 'subject',
  })
}

export const Options = z.strictObject({
  engine: engineOption([LOCAL_ENGINE]),
  ...SubjectOptions.shape,
  ...HintOptions.shape,
  ...EdgeOptions.shape,
  ...OutputOptions.shape,
  ...ColorOptions.shape,
  ...LimitOptions.shape,
  ...ModelOptions.shape,
  ...NetworkOptions.shape,
})

export type Options = OptionsOr<never>
/** Complete and checked. `engine` may name an engine of another package, whose own options are then here as well. */
export type ResolvedOptions = Omit<z.output<typeof Options>, 'engine'> & { readonly engine: string }
