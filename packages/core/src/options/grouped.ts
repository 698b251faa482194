// Resolved options in groups, as the pipeline takes them.

import type * as z from 'zod'
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
import type { ResolvedOptions } from './options.ts'

/** A model of the catalog or a file, and what the user said about a file. */
export interface ModelChoice {
  /** An id of the catalog, or the path of an .onnx file. */
  readonly name: string
  readonly size?: ModelOptions['modelSize']
  readonly mean?: readonly number[] | undefined
  readonly std?: readonly number[] | undefined
  readonly output?: ModelOptions['modelOutput']
}

/** What an engine is asked for. */
export interface EngineRequest {
  readonly model: ModelChoice
  readonly precision: SubjectOptions['precision']
  readonly quality: SubjectOptions['quality']
}

export interface GroupedOptions {
  readonly engine: {
    readonly id: string
    /** Options that an engine of another package added to the schema. */
    readonly options: Readonly<Record<string, unknown>>
  }
  readonly subject: EngineRequest
  readonly hints: HintOptions
  readonly edge: EdgeOptions
  readonly output: OutputOptions
  readonly colors: ColorOptions
  readonly limits: LimitOptions
  readonly network: NetworkOptions
}

export function groupOptions(options: ResolvedOptions): GroupedOptions {
  const rest: Record<string, unknown> = { ...options }
  const take = <S extends z.ZodObject>({ shape }: S): z.output<S> => {
    const entries = Object.keys(shape).map((key) => [key, rest[key]] as const)
    for (const [key] of entries) delete rest[key]
    return Object.fromEntries(entries) as z.output<S>
  }
  const { model: name, precision, quality } = take(SubjectOptions)
  const { modelSize: size, modelMean: mean, modelStd: std, modelOutput: output } = take(ModelOptions)
  const groups = {
    subject: { model: { name, size, mean, std, output }, precision, quality },
    hints: take(HintOptions),
    edge: take(EdgeOptions),
    output: take(OutputOptions),
    colors: take(ColorOptions),
    limits: take(LimitOptions),
    network: take(NetworkOptions),
  }
  const { engine: id, ...own } = rest
  return { engine: { id: id as string, options: own }, ...groups }
}
