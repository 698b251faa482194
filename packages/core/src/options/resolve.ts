// Completes and validates options, reporting all problems at once.

import type * as z from 'zod'
import { parseColor } from '../compose/color.ts'
import { excerpt, KoutuError } from '../errors/koutu-error.ts'
import { closest } from './closest.ts'
import { type GroupedOptions, groupOptions } from './grouped.ts'
import { issueText } from './issue-text.ts'
import { Options, type ResolvedOptions } from './options.ts'
import type { Background } from './values.ts'

export interface OptionProblem {
  readonly path: string
  readonly message: string
}

/** Throws INVALID_OPTIONS that names every problem with its path, what was expected and what came instead. */
export function resolveWith<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  // Compiling the schema takes longer than reading a few options by it.
  const result = schema.safeParse(value ?? {}, { reportInput: true, jitless: true, error: issueText })
  if (result.success) return result.data
  throw invalidOptions(
    result.error.issues.flatMap((issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownOption(issue.path, key, schema))
      // A text that was to be a number has become NaN.
      const came = Number.isNaN(issue.input) ? valueAt(value, issue.path) : issue.input
      const received = came !== undefined && typeof came !== 'object' ? ` but received ${shown(came)}` : ''
      return { path: issue.path.join('.') || '(options)', message: `${issue.message}${received}` }
    }),
  )
}

function unknownOption(path: readonly PropertyKey[], key: string, schema: z.ZodType): OptionProblem {
  const near = path.length === 0 && 'shape' in schema ? closest(key, Object.keys(schema.shape as object)) : null
  return {
    path: [...path, key].join('.'),
    message: near === null ? 'Unknown option' : `Unknown option. Did you mean ${near}?`,
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value)
}

/** Texts in quotes; numbers as they are, NaN and infinity too. */
function shown(value: unknown): string {
  return typeof value === 'string' ? `'${excerpt(value)}'` : String(value)
}

export function invalidOptions(all: readonly OptionProblem[]): KoutuError {
  const problems = all.slice(0, MAX_PROBLEMS).map(({ path, message }) => ({
    path: excerpt(path),
    message: excerpt(message),
  }))
  const more = all.length - problems.length
  const texts = problems.map(({ path, message }) => `${path}: ${message}`)
  return new KoutuError('INVALID_OPTIONS', {
    detail: [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; '),
    data: { problems },
  })
}

const MAX_PROBLEMS = 20

/** A schema with all options of `Options`, and perhaps those of further engines. */
export type OptionSchema = z.ZodType<ResolvedOptions>

/** Complete and checked options, also against each other. Errors: INVALID_OPTIONS. */
export function resolveOptions<S extends OptionSchema = typeof Options>(
  options: z.input<S> | undefined,
  schema: S = Options as unknown as S,
): z.output<S> {
  const resolved = resolveWith(schema, options)
  const problems = CONTRADICTIONS.flatMap((find) => find(resolved) ?? [])
  if (problems.length > 0) throw invalidOptions(problems)
  return resolved
}

/** The same, in groups. */
export function resolve<S extends OptionSchema = typeof Options>(
  options: z.input<S> | undefined,
  schema?: S,
): GroupedOptions {
  return groupOptions(resolveOptions(options, schema))
}

const CONTRADICTIONS: readonly ((options: ResolvedOptions) => OptionProblem | null)[] = [
  ({ format, mask, background }) =>
    format === 'jpeg' && !mask && isSeeThrough(background)
      ? {
          path: 'format',
          message: `Expected an opaque background with format 'jpeg', which does not support transparency, but received '${background.type === 'color' ? background.color : background.type}'`,
        }
      : null,
  ({ format, mask }) =>
    mask && (format === 'zip' || format === 'psd')
      ? {
          path: 'mask',
          message: `Expected an image format for a mask, but received '${format}', which contains both the mask and the cutout`,
        }
      : null,
  ({ invert, shadow }) =>
    invert && shadow !== 'none'
      ? {
          path: 'shadow',
          message: `Expected no shadow with invert, which removes the subject, but received '${shadow}'`,
        }
      : null,
  ({ keepHoles, fillHoles }) =>
    keepHoles && fillHoles
      ? { path: 'fillHoles', message: 'Expected keepHoles or fillHoles, but received both' }
      : null,
]

function isSeeThrough(background: Background): boolean {
  return (
    background.type === 'transparent' || (background.type === 'color' && (parseColor(background.color)?.a ?? 0) < 255)
  )
}
