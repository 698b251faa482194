// Command-line flags, made from option descriptors.

import {
  decodeOptions,
  describeOptions,
  invalidOptions,
  isKoutuError,
  type KoutuError,
  type OptionDescriptor,
  type OptionInfo,
  type OptionProblem,
  resolveWith,
} from '@koutu/core'
import type * as z from '@koutu/core/zod'
import { type Command, Option } from 'commander'

/** Heading of the flags that every command has. */
export const GENERAL = 'General:'
export const GROUP_TITLES: Readonly<Record<OptionInfo['group'], string>> = {
  subject: 'Model and quality:',
  hints: 'Hints:',
  edge: 'Edge:',
  output: 'Result:',
  colors: 'Color and metadata:',
  limits: 'Limits:',
  model: 'Custom model file:',
  engine: 'Engine options:',
  network: 'Network:',
  run: GENERAL,
  server: 'Server:',
  storage: 'Storage:',
}
const SHORT: Readonly<Record<string, string>> = {
  output: '-o',
  model: '-m',
  format: '-f',
  background: '-b',
  jobs: '-j',
  quiet: '-q',
}

/** How a flag is written: its short form where it has one, and the placeholder of its value, empty where it takes none. */
export function flagSyntax({ key, kind, info, choices }: OptionDescriptor): { short: string | null; value: string } {
  const text = kind === 'text' ? 'text' : 'number'
  const value = info.value ?? (choices.length > 0 ? choices.join('|') : text)
  return { short: SHORT[key] ?? null, value: kind === 'boolean' ? '' : value }
}

/** Adds one flag for each descriptor. Texts are decoded by `readFlags`, not by the parser. */
export function addFlags(command: Command, descriptors: readonly OptionDescriptor[]): void {
  for (const descriptor of descriptors) {
    const { flag, info } = descriptor
    const { short, value } = flagSyntax(descriptor)
    const syntax = `${short ? `${short}, ` : ''}${flag}${value && ` <${value}${info.repeats ? '...' : ''}>`}`
    const option = new Option(syntax, helpLine(descriptor)).helpGroup(GROUP_TITLES[info.group])
    if (info.repeats) option.argParser((text, before?: string) => (before === undefined ? text : `${before}\n${text}`))
    command.addOption(option)
  }
}

/** Help text, bounds and default of an option. */
export function helpLine({ help, info, min, max, kind, defaultText }: OptionDescriptor): string {
  const facts: string[] = []
  if (
    kind !== 'boolean' &&
    min !== null &&
    max !== null &&
    Number.isFinite(min) &&
    Number.isFinite(max) &&
    max < Number.MAX_SAFE_INTEGER
  ) {
    facts.push(`${min} to ${max}${info.unit ? ` ${info.unit}` : ''}`)
  }
  if (defaultText && kind !== 'boolean') facts.push(`default ${defaultText}`)
  return facts.length > 0 ? `${help} (${facts.join('; ')})` : help
}

export interface Flags {
  /** As given, decoded, keys as in the schema. */
  readonly given: Record<string, unknown>
  /** The same, checked and with defaults. */
  readonly options: Record<string, unknown>
}

/** Errors: INVALID_OPTIONS, which names every wrong flag at once. */
export function readFlags(command: Command, schema: z.ZodObject): Flags {
  const descriptors = describeOptions(schema)
  const problems: OptionProblem[] = []
  const collect = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!isKoutuError(error) || error.code !== 'INVALID_OPTIONS') throw error
      problems.push(...((inFlags(error, descriptors) as KoutuError).data.problems as OptionProblem[]))
      return undefined
    }
  }
  const given = Object.assign({}, ...descriptors.map((one) => collect(() => decodeFlag(command, one)) ?? {}))
  const options = collect(() => resolveWith(schema, given))
  if (!options || problems.length > 0) throw invalidOptions(problems)
  return { given, options }
}

/** The value of one flag under its key; empty where it was not given. */
function decodeFlag(command: Command, descriptor: OptionDescriptor): Record<string, unknown> {
  const { key, flag } = descriptor
  if (command.getOptionValueSource(key) !== 'cli') return {}
  const text = command.getOptionValue(key) as string | boolean
  // `-o -o x`: the parser takes whatever comes next for the value.
  if (typeof text === 'string' && command.options.some(({ long, short }) => text === long || text === short)) {
    throw invalidOptions([{ path: flag, message: `Expected a value but received the flag ${text}` }])
  }
  return decodeOptions([descriptor], { [key]: text })
}

/** INVALID_OPTIONS with flags in place of the schema's keys; any other error as it is. */
export function inFlags(error: unknown, descriptors: readonly OptionDescriptor[]): unknown {
  if (!isKoutuError(error) || error.code !== 'INVALID_OPTIONS') return error
  const problems = (error.data.problems ?? []) as readonly OptionProblem[]
  if (problems.length === 0) return error
  const flagOf = new Map(descriptors.map(({ key, flag }) => [key, flag]))
  return invalidOptions(
    problems.map(({ path, message }) => {
      const [key = '', ...rest] = path.split('.')
      return { path: [flagOf.get(key) ?? key, ...rest].join('.'), message }
    }),
  )
}
