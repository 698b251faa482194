// Metadata of an option: title, help, unit, and the parser of its text form. Kept in a zod registry beside the schema, so that
// the schema remains the only source of types, bounds and defaults.

import * as z from 'zod'

export interface OptionInfo {
  readonly title: string
  /** Short sentences in the imperative mood, each ending in a period. */
  readonly help: string
  /** Help of the `--no-…` flag of an option that is on by default. */
  readonly helpOff?: string
  readonly group:
    | 'subject'
    | 'hints'
    | 'edge'
    | 'output'
    | 'colors'
    | 'limits'
    | 'run'
    | 'network'
    | 'model'
    | 'engine'
    | 'server'
    | 'storage'
  readonly unit?: 'px' | '%' | 'bytes' | 's' | 'h' | 'MP'
  /** Placeholder of the value in `--help`, such as `COLOR|blur|FILE`. */
  readonly value?: string
  /** Whether the flag takes several values and may be given several times. Its texts are joined by line breaks. */
  readonly repeats?: boolean
  /** Other names of choices, in lower case. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Reads the text form. Without it the decoder follows the schema's own type. Throws an Error with a sentence. */
  readonly fromText?: (text: string) => unknown
  /** Writes the text form of a value, for help and docs. */
  readonly toText?: (value: never) => string
}

/** The text form of any option. Written so that editors still complete the values that are known. */
export type OptionText = string & Record<never, never>

export const optionInfo = z.registry<OptionInfo>()
