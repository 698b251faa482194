// `--keep-warm`: how long a process stays for the next command. It is asked before the command line is understood, so the value is
// looked up on its own, too. Loads nothing at first.

import type { ResolvedRunOptions } from '@koutu/core'
import type { ResolvedOptions } from './options.ts'

const VARIABLE = 'KOUTU_KEEP_WARM'
const FLAG = '--keep-warm'

type Variables = Readonly<Record<string, string | undefined>>

/** Whether an image is to be cut out on this machine's processor. A command is a word, and nothing at all asks for help; what else there is may be a file. */
export function mayBeImage(words: readonly string[]): boolean {
  const isOther = (word: string, i: number) =>
    /^--?(h|help|V|version)\b/.test(word) ||
    (/^--(engine|device)(?!=(onnx|cpu)$)/.test(word) && !['onnx', 'cpu'].includes(words[i + 1] ?? ''))
  return !/^\w*$/.test(words[0] ?? '') && !words.some(isOther)
}

export function asksKeepWarm(words: readonly string[], environment: Variables): boolean {
  return !!(flagText(words) ?? environment[VARIABLE])
}

/** In milliseconds; null where it is not asked for. Errors: INVALID_OPTIONS. */
export async function readKeepWarm(words: readonly string[], environment: Variables): Promise<number | null> {
  const given = flagText(words)
  const text = given ?? environment[VARIABLE]
  if (!text) return null
  const { decodeOptions, describeOptions, invalidOptions, RunOptions, resolveWith } = await import(
    '@koutu/core/options'
  )
  const schema = RunOptions.pick({ keepWarm: true })
  try {
    const seconds = resolveWith(schema, decodeOptions(describeOptions(schema), { keepWarm: text })).keepWarm!
    return seconds * 1000
  } catch (error) {
    const { message } = error as Error
    throw invalidOptions([{ path: given === null ? VARIABLE : FLAG, message }])
  }
}

function flagText(words: readonly string[]): string | null {
  const end = words.indexOf('--')
  const flags = end < 0 ? words : words.slice(0, end)
  const at = flags.findLastIndex((word) => word === FLAG || word.startsWith(`${FLAG}=`))
  if (at < 0) return null
  return flags[at] === FLAG ? (flags[at + 1] ?? '') : flags[at]!.slice(FLAG.length + 1)
}

/**
 * A line for people where it has no effect on this system, else null. Errors: INVALID_OPTIONS where the variable is no time, and where
 * the flag is given for a network that runs elsewhere.
 */
export async function checkKeepWarm(
  { keepWarm }: Pick<ResolvedRunOptions, 'keepWarm'>,
  { engine, device }: Pick<ResolvedOptions, 'engine' | 'device'>,
): Promise<string | null> {
  const isAsked = keepWarm === undefined ? (await readKeepWarm([], process.env)) !== null : keepWarm > 0
  if (!isAsked) return null
  if (keepWarm !== undefined && (engine !== 'onnx' || device !== 'cpu')) {
    const { invalidOptions } = await import('@koutu/core/options')
    throw invalidOptions([{ path: FLAG, message: 'Expected --engine onnx and --device cpu, whose network it keeps' }])
  }
  return process.platform === 'win32' ? `${FLAG} has no effect on Windows.` : null
}
