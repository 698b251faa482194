// The options of an image as tools take them, made from core's one schema. What reaches beyond the image is not offered: no
// limits, no network switches, no model files, no service.

import {
  decodeOptions,
  describeOptions,
  findModel,
  findRefiner,
  invalidOptions,
  type OptionDescriptor,
  Options,
  OWN_REFINER,
  type ResolvedOptions,
  resolveOptions,
} from '@koutu/core'
import * as z from 'zod'
import { type Marks, strokesOf } from './marks.ts'
import type { Call } from './tool.ts'

const OFFERED_GROUPS: ReadonlySet<string> = new Set(['subject', 'hints', 'edge', 'output', 'colors'])
/** Marks have a form of their own. */
const NOT_OFFERED: ReadonlySet<string> = new Set(['engine', 'keep', 'erase'])
const OFFERED = describeOptions(Options).filter(
  ({ key, info }) => OFFERED_GROUPS.has(info.group) && !NOT_OFFERED.has(key),
)
/** Those that an assistant is shown one by one. The rest goes by name. */
const SHOWN = [
  'background',
  'crop',
  'margin',
  'shadow',
  'subjects',
  'scale',
  'position',
  'format',
  'quality',
  'model',
  'roi',
  'feather',
]
const MAX_TEXT = 2000

const Value = z.union([z.string().max(MAX_TEXT), z.number(), z.boolean()])

function fieldOf({ kind, choices, min, max, help, info, defaultText }: OptionDescriptor): z.ZodType {
  const form = info.value && kind === 'text' ? ` Written as ${info.value}.` : ''
  const text = `${help}${form}${defaultText ? ` Default: ${defaultText}.` : ''}`
  const number = kind === 'integer' ? z.number().int() : z.number()
  const bounded = number.min(min ?? Number.MIN_SAFE_INTEGER).max(max ?? Number.MAX_SAFE_INTEGER)
  const field =
    kind === 'boolean'
      ? z.boolean()
      : kind === 'choice'
        ? z.enum(choices as [string, ...string[]])
        : kind === 'text'
          ? z.string().max(MAX_TEXT)
          : bounded
  return field.optional().describe(text)
}

const shown = OFFERED.filter(({ key }) => SHOWN.includes(key))
const hidden = OFFERED.filter(({ key }) => !SHOWN.includes(key))

/** Fields of the main tool. */
export const OPTION_FIELDS: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(shown.map((descriptor) => [descriptor.key, fieldOf(descriptor)])),
  model: z.string().max(100).optional().describe('Name of a model that list_models shows. Default: isnet-general-use.'),
  options: z
    .record(z.string(), Value)
    .optional()
    .describe(`Further options by name: ${hidden.map(({ key }) => key).join(', ')}. Values as on the command line.`),
}

/** The same in other tools. Told once: hosts show all of it to a model before each conversation. */
export const SAME_OPTION_FIELDS: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  Object.entries(OPTION_FIELDS).map(([key, field]) => [key, field.describe('As in remove_background.')]),
)

export interface Given {
  readonly [key: string]: unknown
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** Values as given, without what a tool has beside options. */
export function pickOptions(args: Given): Readonly<Record<string, unknown>> {
  const named = Object.fromEntries(SHOWN.filter((key) => args[key] !== undefined).map((key) => [key, args[key]]))
  return { ...args.options, ...named }
}

/** Without what concerns the canvas and the file: the subject on transparency, where the input shows it. */
export function plainValues(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const isOutput = (key: string) => OFFERED.find((one) => one.key === key)?.info.group === 'output'
  return Object.fromEntries(Object.entries(values).filter(([key]) => !isOutput(key)))
}

/** Complete and checked; files that they name are read from allowed folders. Errors: INVALID_OPTIONS, MODEL_UNKNOWN, PATH_NOT_ALLOWED, INPUT_*. */
export async function readOptions(
  values: Readonly<Record<string, unknown>>,
  marks: { readonly keep: Marks; readonly erase: Marks },
  { folders, limits }: Pick<Call, 'folders' | 'limits'>,
): Promise<ResolvedOptions> {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  const unknown = Object.keys(given).filter((key) => !OFFERED.some((one) => one.key === key))
  if (unknown.length > 0) throw invalidOptions(unknown.map((path) => ({ path, message: 'Unknown option' })))
  const texts = Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const decoded = { ...given, ...decodeOptions(OFFERED, Object.fromEntries(texts)) }
  const keep = strokesOf(marks.keep)
  const erase = strokesOf(marks.erase)
  const options = resolveOptions({ ...limits, ...decoded, ...(keep && { keep }), ...(erase && { erase }) })
  // Names only: a path would be a file outside of the allowed folders.
  findModel(options.model, 'segmenter')
  if (options.refiner !== OWN_REFINER) findRefiner(options.refiner)
  const { background } = options
  if (background.type !== 'picture' || typeof background.source !== 'string') return options
  if (isUrl(background.source) || isDataUrl(background.source)) return options
  const source = await folders.read(background.source, options.maxBytes)
  return { ...options, background: { type: 'picture', source } }
}

export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text)
}

export function isDataUrl(text: string): boolean {
  return /^data:/i.test(text)
}
