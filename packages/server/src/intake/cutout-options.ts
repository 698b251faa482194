// The options a client may give: core's schema, without what reaches into the server's machine, and with the server's
// own limits as upper bounds. The same names in a query, a form and a JSON body.

import {
  Background,
  decodeOptions,
  decodeTexts,
  describeOptions,
  Hint,
  invalidOptions,
  isModelPath,
  type OptionProblem,
  type ResolvedOptions,
  resolveOptions,
  resolveWith,
} from '@koutu/core'
import { z } from 'zod'
import { Options } from './image-options.ts'

/** Model files and network rules of the server are its operator's. */
const CLIENT_GROUPS: ReadonlySet<string> = new Set(['subject', 'hints', 'edge', 'output', 'colors', 'limits', 'engine'])
const DESCRIPTORS = describeOptions(Options).filter(({ info }) => CLIENT_GROUPS.has(info.group))

/** A picture behind the subject comes as a URL here, or as the part `background` of a form: never as a path. */
const BackgroundPicture = z
  .strictObject({
    type: z.literal('picture'),
    source: z
      .url({ protocol: /^https?$/, error: 'Expected transparent, blur, a color or the URL of an image' })
      .max(8192),
  })
  .meta({ description: 'An image that the server fetches and scales to cover the result.' })
const ClientBackground = z.discriminatedUnion('type', [
  ...(Background.options.filter((option) => option.shape.type.value !== 'picture') as [
    (typeof Background.options)[0],
    (typeof Background.options)[1],
    (typeof Background.options)[2],
  ]),
  BackgroundPicture,
])

/** Strokes only: a picture would be a path. */
const ClientHint = Hint.options[0]
const CLIENT_FORMS: Readonly<Record<string, z.ZodType>> = {
  background: ClientBackground,
  keep: ClientHint,
  erase: ClientHint,
}

/** The shape of each option a client may give, all of them optional, with the sentence that explains it. */
export const clientShape: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  DESCRIPTORS.map(({ key, info }) => {
    const { inner, standard } = withoutDefault((Options.shape as Record<string, z.ZodType>)[key]!)
    const schema = CLIENT_FORMS[key] ?? inner
    const said = standard === undefined || info.group === 'limits' ? {} : { default: standard }
    return [key, schema.optional().meta({ title: info.title, description: info.help, ...said })]
  }),
)

/** What follows the network can be changed afterwards. */
const REFINE_GROUPS: ReadonlySet<string> = new Set(['hints', 'edge', 'output', 'colors'])

/** The shape of each option that makes a result again; null gives it its default. */
export const refineShape: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  DESCRIPTORS.filter(({ info }) => REFINE_GROUPS.has(info.group)).map(({ key }) => [
    key,
    clientShape[key]!.nullable().meta({ ...clientShape[key]!.meta() }),
  ]),
)

/** What is not given must stay so until the server's own limits have been looked at. */
function withoutDefault(option: z.ZodType): { inner: z.ZodType; standard: unknown } {
  if (option instanceof z.ZodDefault) return { inner: option.unwrap() as z.ZodType, standard: option.def.defaultValue }
  return { inner: option instanceof z.ZodOptional ? (option.unwrap() as z.ZodType) : option, standard: undefined }
}

export interface ServerLimits {
  readonly maxBytes: number
  readonly maxPixels: number
  readonly maxFrames: number
}

const LIMITS = ['maxBytes', 'maxPixels', 'maxFrames'] as const satisfies readonly (keyof ServerLimits)[]

export function isOption(key: string): boolean {
  return DESCRIPTORS.some((descriptor) => descriptor.key === key)
}

/** Options from the text forms of a query or a form. Errors: INVALID_OPTIONS. */
export function optionsFromTexts(texts: Readonly<Record<string, string>>): Record<string, unknown> {
  return decodeOptions(DESCRIPTORS, texts)
}

/** Options from JSON, of which some may be in their text forms. Errors: INVALID_OPTIONS. */
export function optionsFromJson(json: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return decodeTexts(DESCRIPTORS, json) as Readonly<Record<string, unknown>>
}

export interface OptionPolicy {
  readonly limits: ServerLimits
  readonly engines: readonly string[]
}

/**
 * Complete, checked options. `hasBackground` says that a picture came along as background.
 * Errors: INVALID_OPTIONS, for values that the server does not permit as well.
 */
export function resolveClientOptions(
  given: Readonly<Record<string, unknown>>,
  policy: OptionPolicy,
  hasBackground: boolean,
): ResolvedOptions {
  const checked = resolveWith(z.strictObject(clientShape), given) as Record<string, unknown>
  if (hasBackground) {
    if (checked.background !== undefined) {
      throw invalidOptions([{ path: 'background', message: 'Expected one background but received two' }])
    }
    checked.background = { type: 'picture', source: 'background' }
  }
  const problems: OptionProblem[] = []
  for (const key of LIMITS) {
    const limit = policy.limits[key]
    const value = checked[key] as number | undefined
    if (value !== undefined && value > limit) {
      problems.push({
        path: key,
        message: `Expected at most ${limit}, the limit of this server, but received ${value}`,
      })
    }
    checked[key] = value ?? limit
  }
  for (const path of ['model', 'refiner']) {
    const name = checked[path] as string | undefined
    if (name !== undefined && isModelPath(name))
      problems.push({ path, message: 'Expected a model of the catalog, not a file' })
  }
  const { engine = 'onnx' } = checked as { engine?: string }
  if (!policy.engines.includes(engine)) {
    problems.push({ path: 'engine', message: `Expected one of ${policy.engines.join(', ')} but received ${engine}` })
  }
  if (problems.length > 0) throw invalidOptions(problems)
  return resolveOptions(checked, Options)
}

/** The options of an earlier job with those `given` in place of its own. Errors: INVALID_OPTIONS. */
export function resolveRefinement(given: Readonly<Record<string, unknown>>, former: ResolvedOptions): ResolvedOptions {
  const merged = { ...former, ...given }
  const entries = Object.entries(merged).filter(([, value]) => value !== null)
  return resolveOptions(Object.fromEntries(entries), Options)
}

/** Options in text form that must not be there twice, or together with the body's. */
export function mergeOptions(
  ...sources: readonly Readonly<Record<string, unknown>>[]
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = {}
  const problems: OptionProblem[] = []
  for (const source of sources) {
    for (const [key, value] of Object.entries(source)) {
      if (Object.hasOwn(merged, key)) problems.push({ path: key, message: 'Expected this option once' })
      merged[key] = value
    }
  }
  if (problems.length > 0) throw invalidOptions(problems)
  return merged
}
