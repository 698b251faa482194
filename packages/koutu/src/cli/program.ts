// Builds the command line from the table of commands. Knows no command by name.

import { existsSync } from 'node:fs'
import { describeOptions, toKoutuError } from '@koutu/core'
import { Command, CommanderError, Option } from 'commander'
import type { CommandSpec } from './command-spec.ts'
import { COMMANDS, CUTOUT, GROUPS } from './commands.ts'
import type { Environment } from './environment.ts'
import { addFlags, GENERAL, inFlags, readFlags } from './flags.ts'

const HELP = ['-h, --help', 'Show this help.'] as const

/** What a bare `koutu` prints. */
const SUMMARY = `koutu cuts the subject out of images.

  koutu photo.jpg          Write photo.cutout.png.
  koutu photos/ -o out/    Process a folder. Run again to resume.
  koutu serve              Serve cutouts over HTTP.

koutu --help               List all options and commands.
koutu doctor               Check what works on this machine.
`

const EXAMPLES = `
Examples:
  koutu photo.jpg                          Write photo.cutout.png.
  koutu photos/ 'more/**/*.webp' -o out/   Process folders and globs. Run again to resume.
  koutu photo.jpg -b white -f jpeg         Put the subject on white.
  cat photo.jpg | koutu - > cutout.png     Read stdin, write stdout.

Exit codes: 0 success, 1 some inputs failed, 2 invalid usage, 3 no model or engine available, 130 interrupted.`

/** Runs a command line (without the program's own path) and returns the exit code. Errors are printed. */
export async function runProgram(words: readonly string[], env: Environment): Promise<number> {
  if (words.length === 0) {
    env.stderr.write(SUMMARY)
    return 2
  }
  noteNameClash(words, env.stderr)
  let exitCode = 0
  const program = createProgram(env, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(words, { from: 'user' })
    return exitCode
  } catch (error) {
    return printError(error, env.stderr)
  }
}

/** The whole command line. Commands hand their exit code to `finish`. */
function createProgram(env: Environment, finish: (exitCode: number) => void): Command {
  const program = new Command('koutu')
    .showHelpAfterError('(koutu --help lists all options)')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => env.stdout.write(text), writeErr: (text) => env.stderr.write(text) })
    .helpCommand('help [command]', 'Show the help of a command.')
  fill(program, CUTOUT, env, finish)
  program.optionsGroup(GENERAL).version(env.version, '-V, --version', 'Print the version.')
  const groups = new Map(
    Object.entries(GROUPS).map(([name, about]) => [
      name,
      program
        .command(name)
        .description(about)
        .helpOption(...HELP),
    ]),
  )
  for (const spec of COMMANDS) {
    const [first = '', second] = spec.name.split(' ')
    const command = second === undefined ? program.command(first) : groups.get(first)!.command(second)
    fill(command, spec, env, finish)
  }
  return program
}

function fill(command: Command, spec: CommandSpec, env: Environment, finish: (exitCode: number) => void): void {
  const flags = describeOptions(spec.options)
  command.description(spec.about).addHelpOption(new Option(...HELP).helpGroup(GENERAL))
  for (const { syntax, about } of spec.args) command.argument(syntax, about)
  addFlags(command, flags)
  command.action(async () => {
    const { given, options } = readFlags(command, spec.options)
    try {
      finish(await spec.run({ args: command.args, given, options }, env))
    } catch (error) {
      throw inFlags(error, flags)
    }
  })
}

/** A folder may bear the name of a command. The command wins; how to name the folder is said. */
function noteNameClash([first = '', second = '']: readonly string[], stderr: Environment['stderr']): void {
  const names = COMMANDS.map(({ name }) => name)
  const isCommand = names.some((name) => name.split(' ')[0] === first)
  if (!isCommand || names.includes(`${first} ${second}`) || !existsSync(first)) return
  stderr.write(`koutu: '${first}' is a command. To process the file or folder of that name, write ./${first}\n`)
}

/** Prints an error and returns its exit code. */
export function printError(error: unknown, stderr: Environment['stderr']): number {
  // The parser has printed its own errors. Help and version are none.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const { message, code, row } = toKoutuError(error)
  stderr.write(`koutu: ${message} [${code}]\n`)
  return row.exit
}
