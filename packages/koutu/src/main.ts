// Entry point of the command: passes streams and signals to the program, and its exit code to the process.

import { createRequire } from 'node:module'
import { printError, runProgram } from './cli/program.ts'
import { outputError } from './write-file.ts'

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

const interrupt = new AbortController()
process.on('SIGINT', () => {
  // The second one ends the process at once.
  if (interrupt.signal.aborted) process.exit(130)
  interrupt.abort()
})
process.on('SIGTERM', () => interrupt.abort())
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has gone (`koutu - | head`) wants no message.
  if (error.code !== 'EPIPE') printError(outputError('stdout', error), process.stderr)
  process.exit(1)
})
// Where messages cannot be shown, results are still written.
process.stderr.on('error', () => {})

const env = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, signal: interrupt.signal, version }
process.exitCode = await runProgram(process.argv.slice(2), env)
