// A command as data: the command line, its help and the reference in docs/ are generated from it.

import { KoutuError, type OptionInfo, optionInfo } from '@koutu/core'
import * as z from '@koutu/core/zod'
import type { Environment } from './environment.ts'

interface Invocation<S extends z.ZodObject> {
  /** Positional arguments, in order. */
  readonly args: readonly string[]
  /** The flags given, decoded and valid, without defaults. */
  readonly given: z.input<S>
  /** The same with defaults. */
  readonly options: z.output<S>
}

export interface CommandSpec<S extends z.ZodObject = z.ZodObject> {
  /** The words that call it, such as `models pull`. */
  readonly name: string
  /** One sentence in the imperative. */
  readonly about: string
  readonly args: readonly CommandArgument[]
  /** The schema, or what loads it where it is part of an optional package. */
  readonly options: S | (() => Promise<S>)
  /** Loads what it needs and returns the exit code. */
  run(invocation: Invocation<S>, env: Environment): Promise<number>
}

export interface CommandArgument {
  /** `<name>`, `[name]`, `<names...>` or `[names...]`. */
  readonly syntax: string
  readonly about: string
  /** Its values, where they are known. */
  readonly choices?: readonly string[]
}

/** Ties the type of `run` to that of `options`. */
export function defineCommand<S extends z.ZodObject>(spec: CommandSpec<S>): CommandSpec<S> {
  return spec
}

/** Errors: PACKAGE_MISSING where the package that holds them is not installed. */
export async function optionsOf<S extends z.ZodObject>({ options }: Pick<CommandSpec<S>, 'options'>): Promise<S> {
  return typeof options === 'function' ? options() : options
}

type Extra = Partial<Pick<OptionInfo, 'value' | 'unit' | 'repeats' | 'fromText' | 'toText'>>

/** An option that only one command has. */
export function option<S extends z.ZodType>(schema: S, title: string, help: string, extra: Extra = {}): S {
  optionInfo.add(schema, { title, help, group: 'run', ...extra })
  return schema
}

/** The values of an option that repeats. */
export const linesOf = (text: string): string[] => text.split('\n')

export const onOff = (title: string, help: string): z.ZodDefault<z.ZodBoolean> =>
  option(z.boolean().default(false), title, help)

export const json: z.ZodDefault<z.ZodBoolean> = onOff('JSON', 'Print JSON.')

export const commaSeparated: Pick<Extra, 'fromText' | 'toText'> = {
  fromText: (text) => text.split(',').map((part) => part.trim()),
  toText: (values: readonly string[]) => values.join(','),
}

/** The positional argument at `index`, which the parser has required. */
export function required(args: readonly string[], index = 0): string {
  const value = args[index]
  if (value === undefined) throw new KoutuError('INTERNAL', { detail: `argument ${index} is missing` })
  return value
}
