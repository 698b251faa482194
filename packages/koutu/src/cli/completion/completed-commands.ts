// The commands as shells need them: words, flags, and what may follow each.

import { describeOptions, isKoutuError, type OptionDescriptor } from '@koutu/core'
import type * as z from '@koutu/core/zod'
import { type CommandArgument, type CommandSpec, optionsOf } from '../command-spec.ts'
import { COMMANDS, CUTOUT, GROUPS } from '../commands.ts'
import { flagSyntax } from '../flags.ts'

/** What completes a value: known words, names of files or folders, or nothing. */
export interface Values {
  readonly words: readonly string[]
  readonly files: 'all' | 'folders' | 'none'
}

export interface CompletedFlag {
  readonly long: string
  readonly short: string | null
  readonly about: string
  /** Null for a flag without a value. */
  readonly values: Values | null
}

export interface CompletedCommand {
  /** Empty for the command without a name. */
  readonly name: string
  readonly about: string
  readonly flags: readonly CompletedFlag[]
  /** What completes its arguments. */
  readonly args: Values
}

/** A word that may stand where a command is expected. */
export interface CommandWord {
  readonly word: string
  readonly about: string
}

export interface CompletedCommands {
  readonly commands: readonly CompletedCommand[]
  /** The words that may follow `koutu`, and those that may follow the first word of a group. */
  readonly first: readonly CommandWord[]
  readonly second: Readonly<Record<string, readonly CommandWord[]>>
}

export async function completedCommands(): Promise<CompletedCommands> {
  const named = COMMANDS.map(({ name, about }) => ({ words: name.split(' '), about }))
  const single = named.flatMap(({ words: [word = '', below], about }) => (below === undefined ? [{ word, about }] : []))
  const groups = Object.entries(GROUPS).map(([word, about]) => ({ word, about }))
  return {
    commands: await Promise.all([CUTOUT, ...COMMANDS].map(completed)),
    first: [...single, ...groups],
    second: Object.fromEntries(
      groups.map(({ word: group }) => [
        group,
        named.flatMap(({ words: [first, word], about }) => (first === group && word ? [{ word, about }] : [])),
      ]),
    ),
  }
}

async function completed(spec: CommandSpec): Promise<CompletedCommand> {
  const { name, about, args } = spec
  const schema = await optionsOf(spec).catch((error: unknown) => {
    // Its package is not installed, so that it cannot be called either.
    if (isKoutuError(error) && error.code === 'PACKAGE_MISSING') return null
    throw error
  })
  return { name, about, flags: [...flagsOf(schema), HELP], args: valuesOfArgs(args) }
}

const HELP: CompletedFlag = { long: '--help', short: '-h', about: 'Show this help.', values: null }

function flagsOf(schema: z.ZodObject | null): CompletedFlag[] {
  return (schema ? describeOptions(schema) : []).map((descriptor) => {
    const { short, value } = flagSyntax(descriptor)
    return { long: descriptor.flag, short, about: descriptor.help, values: value ? valuesOf(descriptor, value) : null }
  })
}

/** Placeholders are in capitals, words that may be typed as they are in lower case: `transparent|COLOR|blur|FILE`. */
function valuesOf({ choices }: OptionDescriptor, placeholder: string): Values {
  const parts = placeholder.split('|')
  const words =
    choices.length > 0
      ? choices
      : parts.filter((part) => /^[a-z][a-z-]+$/.test(part) && part !== 'text' && part !== 'number')
  return { words, files: filesFor(parts) }
}

function filesFor(placeholders: readonly string[]): Values['files'] {
  if (placeholders.some((name) => name === 'FILE' || name === 'PATH')) return 'all'
  return placeholders.some((name) => name === 'FOLDER' || name === 'DIR') ? 'folders' : 'none'
}

/** Arguments are names of files unless their values are known. */
function valuesOfArgs(args: readonly CommandArgument[]): Values {
  const words = args.flatMap(({ choices = [] }) => choices)
  const takesFiles = args.some(({ choices, syntax }) => !choices && /image|input|file|folder|alpha/.test(syntax))
  return { words, files: takesFiles ? 'all' : 'none' }
}
