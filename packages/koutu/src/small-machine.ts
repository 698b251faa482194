// On a machine with little memory, the process of the embedded database runs with its code unoptimized: optimizing it takes
// 0.5 GB for a moment. V8 takes this as a flag at its start only, so the process replaces itself. Must load nothing large.

import { isMemoryScarce } from '@koutu/node/memory'

const UNOPTIMIZED = '--liftoff-only'
const OPENS_DATABASE: ReadonlySet<string> = new Set(['serve', 'keys'])

/** `words`: the command line without the program's own path. */
export function wantsUnoptimizedCode(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  isScarce: boolean,
): boolean {
  const hasServer = !!environment.KOUTU_DATABASE_URL || words.some((word) => /^--database-url(=|$)/.test(word))
  return OPENS_DATABASE.has(words[0] ?? '') && !hasServer && isScarce
}

/** Replaces this process by one with the flag where it is wanted: the id, the streams and whoever sends signals stay the same. */
export function replaceOnSmallMachine(): void {
  const [program = '', ...words] = process.argv.slice(1)
  if (process.execArgv.includes(UNOPTIMIZED) || !process.execve) return
  if (!wantsUnoptimizedCode(words, process.env, isMemoryScarce())) return
  process.execve(
    process.execPath,
    [process.execPath, ...process.execArgv, UNOPTIMIZED, program, ...words],
    process.env as Record<string, string>,
  )
}
