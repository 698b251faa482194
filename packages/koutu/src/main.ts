// Entry point of the command: gives the program its streams and signals, and the process its exit code.

import { createRequire } from 'node:module'
import { runProgram } from './cli/program.ts'

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

const interrupt = new AbortController()
process.on('SIGINT', () => {
  // The second one ends the process at once.
  if (interrupt.signal.aborted) process.exit(130)
  interrupt.abort()
})
process.on('SIGTERM', () => interrupt.abort())
// A reader that has gone (`koutu - | head`) is no reason for a stack trace.
process.stdout.on('error', () => process.exit(1))

const env = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, signal: interrupt.signal, version }
process.exitCode = await runProgram(process.argv.slice(2), env)
