// Options as given → options complete and checked, all problems at once.

import type { z } from 'zod'
import { parseColor } from '../compose/color.ts'
import { KoutuError } from '../errors/koutu-error.ts'
import { type Background, Options, type ResolvedOptions } from './options.ts'

export interface OptionProblem {
  readonly path: string
  readonly message: string
}

/** Throws INVALID_OPTIONS that names every problem with its path, what was expected and what came instead. */
export function resolveWith<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value ?? {}, { reportInput: true })
  if (result.success) return result.data
  throw invalidOptions(
    result.error.issues.map((issue) => {
      const received =
        'input' in issue && issue.input !== undefined && typeof issue.input !== 'object'
          ? ` but received ${JSON.stringify(issue.input)}`
          : ''
      return { path: issue.path.join('.') || '(options)', message: `${issue.message}${received}` }
    }),
  )
}

export function invalidOptions(problems: readonly OptionProblem[]): KoutuError {
  return new KoutuError('INVALID_OPTIONS', {
    detail: problems.map(({ path, message }) => `${path}: ${message}`).join('; '),
    data: { problems },
  })
}

/** Checks what one option alone cannot. */
export function resolveOptions(options: Options | undefined): ResolvedOptions {
  const resolved = resolveWith(Options, options)
  const problems = CONTRADICTIONS.flatMap((find) => find(resolved) ?? [])
  if (problems.length > 0) throw invalidOptions(problems)
  return resolved
}

const CONTRADICTIONS: readonly ((options: ResolvedOptions) => OptionProblem | null)[] = [
  ({ format, mask, background }) =>
    format === 'jpeg' && !mask && isSeeThrough(background)
      ? {
          path: 'format',
          message: `Expected an opaque background with format 'jpeg', which has no transparency, but received '${background.type === 'color' ? background.color : background.type}'`,
        }
      : null,
  ({ format, mask }) =>
    mask && (format === 'zip' || format === 'psd')
      ? {
          path: 'mask',
          message: `Expected a picture format for a mask, but received '${format}', which holds one beside the cut-out`,
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
