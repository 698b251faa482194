// Builds the command line from the table of commands. Knows no command by name.

import { existsSync } from 'node:fs'
import { closest, describeOptions, toKoutuError } from '@koutu/core'
import type * as z from '@koutu/core/zod'
import { Command, CommanderError, type ErrorOptions, Option } from 'commander'
import { type CommandSpec, optionsOf } from './command-spec.ts'
import { COMMANDS, CUTOUT, GROUPS } from './commands.ts'
import type { Environment } from './environment.ts'
import { addFlags, GENERAL, inFlags, readFlags } from './flags.ts'
import { printable } from './text.ts'

const HELP = ['-h, --help', 'Show this help.'] as const
const VERSION = ['-V, --version', 'Print the version.'] as const
/** The flags that are not options of a command. */
export const GENERAL_FLAGS: readonly (readonly [syntax: string, about: string])[] = [HELP, VERSION]

/** What a bare `koutu` prints. */
const SUMMARY = `koutu cuts the subject out of images.

  koutu photo.jpg          Write photo.cutout.png.
  koutu photos/ -o out/    Process a folder. Run again to resume.
  koutu serve              Serve cutouts over HTTP.

koutu --help               List all options and commands.
koutu doctor               Check what works on this machine.
`

export const EXAMPLES: readonly (readonly [line: string, about: string])[] = [
  ['koutu photo.jpg', 'Write photo.cutout.png.'],
  ["koutu photos/ 'more/**/*.webp' -o out/", 'Process folders and globs. Run again to resume.'],
  ['koutu photo.jpg -b white -f jpeg', 'Put the subject on white.'],
  ['cat photo.jpg | koutu - > cutout.png', 'Read stdin, write stdout.'],
]

export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'success'],
  [1, 'some inputs failed'],
  [2, 'invalid usage'],
  [3, 'no model or engine available'],
  [130, 'interrupted'],
]

const EPILOG = `
Examples:
${EXAMPLES.map(([line, about]) => `  ${line.padEnd(41)}${about}`).join('\n')}

Exit codes: ${EXIT_CODES.map((pair) => pair.join(' ')).join(', ')}.`

/** Runs a command line (without the program's own path) and returns the exit code. Errors are printed. */
export async function runProgram(words: readonly string[], env: Environment): Promise<number> {
  if (words.length === 0) {
    env.stderr.write(SUMMARY)
    return 2
  }
  noteNameClash(words, env.stderr)
  noteMisspelling(words, env.stderr)
  let exitCode = 0
  try {
    const program = await createProgram(env, (code) => {
      exitCode = code
    })
    await program.parseAsync(plainHelp(words), { from: 'user' })
    return exitCode
  } catch (error) {
    return printError(error, env.stderr)
  }
}

/** Explains flags that the parser does not know: names of files, and misspelled ones that are written with their value. */
class CommandLine extends Command {
  override createCommand(name?: string): Command {
    return new CommandLine(name)
  }

  override error(message: string, options?: ErrorOptions): never {
    const word = /unknown option '(-[^-'][^']*)'/.exec(message)?.[1]
    if (word !== undefined && existsSync(word))
      return super.error(`error: unknown option '${word}'\n(To name the file, write ./${word})`, options)
    const flag = /unknown option '(--[^=']+)=/.exec(message)?.[1]
    if (flag === undefined) return super.error(message, options)
    const known = this.options.flatMap(({ long }) => long ?? [])
    const near = closest(flag, known)
    const about = known.includes(flag) ? ` (${flag} takes no value)` : near ? `\n(Did you mean ${near}?)` : ''
    return super.error(`error: unknown option '${flag}'${about}`, options)
  }
}

/** The whole command line. Commands hand their exit code to `finish`. */
async function createProgram(env: Environment, finish: (exitCode: number) => void): Promise<Command> {
  const program = new CommandLine('koutu')
    .showHelpAfterError('(koutu --help lists all options)')
    .addHelpText('after', EPILOG)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => env.stdout.write(text), writeErr: (text) => env.stderr.write(text) })
    .helpCommand('help [command]', 'Show the help of a command.')
  equip(describe(program, CUTOUT), CUTOUT, await optionsOf(CUTOUT), env, finish)
  program.optionsGroup(GENERAL).version(env.version, ...VERSION)
  const specs = new Map<Command, CommandSpec>()
  /** Options are loaded for the command that is called, alone. */
  const prepare = async (_: Command, command: Command) => {
    const spec = specs.get(command)
    if (spec) equip(command, spec, await optionsOf(spec), env, finish)
  }
  program.hook('preSubcommand', prepare)
  const groups = new Map(
    Object.entries(GROUPS).map(([name, about]) => {
      const group = program
        .command(name)
        .description(about)
        .helpOption(...HELP)
      return [name, group.hook('preSubcommand', prepare)]
    }),
  )
  for (const spec of COMMANDS) {
    const [first = '', second] = spec.name.split(' ')
    const command = second === undefined ? program.command(first) : groups.get(first)!.command(second)
    specs.set(describe(command, spec), spec)
  }
  return program
}

/** What the list of commands shows. */
function describe(command: Command, { about, args }: CommandSpec): Command {
  command.description(about).addHelpOption(new Option(...HELP).helpGroup(GENERAL))
  for (const { syntax, about } of args) command.argument(syntax, about)
  return command
}

/** Gives a command its flags and its action. */
function equip(
  command: Command,
  spec: CommandSpec,
  schema: z.ZodObject,
  env: Environment,
  finish: (exitCode: number) => void,
): void {
  const flags = describeOptions(schema)
  addFlags(command, flags)
  command.action(async () => {
    const { given, options } = readFlags(command, schema)
    try {
      finish(await spec.run({ args: command.args, given, options }, env))
    } catch (error) {
      throw inFlags(error, flags)
    }
  })
}

/** `help serve` is `serve --help`: flags are added to a command when it is called. */
function plainHelp(words: readonly string[]): string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : [...words]
}

/** A folder may bear the name of a command. The command wins; how to name the folder is said. */
function noteNameClash([first = '', second = '']: readonly string[], stderr: Environment['stderr']): void {
  const names = COMMANDS.map(({ name }) => name)
  const isCommand = names.some((name) => name.split(' ')[0] === first)
  if (!isCommand || names.includes(`${first} ${second}`) || !existsSync(first)) return
  stderr.write(`koutu: '${first}' is a command. To process the file or folder of that name, write ./${first}\n`)
}

/** What is no file may be meant as a command. It is looked for as a file all the same, which says that it is none. */
function noteMisspelling([first = '']: readonly string[], stderr: Environment['stderr']): void {
  const names = new Set(['help', ...COMMANDS.flatMap(({ name }) => name.split(' ')[0] ?? [])])
  if (!/^[a-z][a-z-]+$/i.test(first) || names.has(first) || existsSync(first)) return
  const near = closest(first, names)
  if (near) stderr.write(`koutu: '${first}' is no file; did you mean 'koutu ${near}'?\n`)
}

/** Prints an error and returns its exit code. */
export function printError(error: unknown, stderr: Environment['stderr']): number {
  // The parser has printed its own errors. Help and version are none.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const { message, code, row } = toKoutuError(error)
  stderr.write(`${printable(`koutu: ${message} [${code}]`)}\n`)
  return row.exit
}
