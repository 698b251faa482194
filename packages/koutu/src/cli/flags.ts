// Command-line flags, made from option descriptors.

import { decodeOptions, type OptionDescriptor, type OptionInfo } from '@koutu/core'
import { type Command, Option } from 'commander'

const GROUP_TITLES: Readonly<Record<OptionInfo['group'], string>> = {
  subject: 'What is cut out:',
  hints: 'Where the subject is:',
  edge: 'The edge:',
  output: 'What is written:',
  colors: 'Colors and metadata:',
  limits: 'Limits:',
  model: 'A model file of your own:',
  dreamina: 'Dreamina:',
  network: 'Network:',
  run: 'The run:',
  server: 'The server:',
  storage: 'What it keeps:',
}
const SHORT: Readonly<Record<string, string>> = {
  output: '-o',
  model: '-m',
  format: '-f',
  background: '-b',
  jobs: '-j',
  quiet: '-q',
}

/** Adds one flag for each descriptor. Texts are decoded by `decodeFlags`, not by the parser. */
export function addFlags(command: Command, descriptors: readonly OptionDescriptor[]): void {
  for (const descriptor of descriptors) {
    const { key, flag, info, kind, choices } = descriptor
    const names = SHORT[key] ? `${SHORT[key]}, ${flag}` : flag
    const value =
      kind === 'boolean'
        ? ''
        : ` <${info.value ?? (choices.length > 0 ? choices.join('|') : kind === 'text' ? 'text' : 'number')}>`
    command.addOption(new Option(`${names}${value}`, helpLine(descriptor)).helpGroup(GROUP_TITLES[info.group]))
  }
}

/** The sentence, bounds and default of an option, as help and docs show them. */
function helpLine({ info, min, max, kind, defaultText }: OptionDescriptor): string {
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
  if (defaultText !== null && kind !== 'boolean') facts.push(`default ${defaultText}`)
  return facts.length > 0 ? `${info.help.slice(0, -1)} (${facts.join('; ')}).` : info.help
}

/** The given flags' values, keys as in the schema. Errors: INVALID_OPTIONS. */
export function decodeFlags(command: Command, descriptors: readonly OptionDescriptor[]): Record<string, unknown> {
  const texts: Record<string, string | boolean> = {}
  for (const { key } of descriptors) {
    const value: unknown = command.getOptionValue(key)
    if (typeof value === 'string' || typeof value === 'boolean') texts[key] = value
  }
  return decodeOptions(descriptors, texts)
}
