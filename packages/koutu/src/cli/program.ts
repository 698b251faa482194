// The command line: which words lead to which command. Flags and their help come from the option schemas.

import { describeOptions, KoutuError, type OptionDescriptor, Options, RunOptions, resolveWith } from '@koutu/core'
import { ServeOptions, WorkerOptions } from '@koutu/server/options'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { CutoutEnvironment } from './cutout-command.ts'
import type { DreaminaCommand } from './dreamina-command.ts'
import { addFlags, decodeFlags } from './flags.ts'
import type { KeysCommand } from './keys-command.ts'

const PICTURE_FLAGS: readonly OptionDescriptor[] = describeOptions(Options)
const RUN_FLAGS: readonly OptionDescriptor[] = describeOptions(RunOptions)
const SERVE_FLAGS: readonly OptionDescriptor[] = describeOptions(ServeOptions)
const WORKER_FLAGS: readonly OptionDescriptor[] = describeOptions(WorkerOptions)

const EXAMPLES = `
Examples:
  koutu photo.jpg                        writes photo.cutout.png
  koutu photos/ 'more/**/*.webp' -o out  folders and globs, resumable
  koutu photo.jpg -b white -f jpeg       the subject on white
  cat photo.jpg | koutu - > cutout.png   a pipe

Exit codes: 0 all done, 1 some inputs failed, 2 wrong usage, 3 no model or engine, 130 interrupted.`

/** The whole program. Commands set the exit code through `finish`. */
export function createProgram(version: string, env: CutoutEnvironment, finish: (exitCode: number) => void): Command {
  const program = new Command('koutu')
    .description('Cuts the subject out of pictures: photo in, transparent PNG out.')
    .version(version)
    .argument('[inputs...]', 'files, folders, globs, URLs, or - for standard input')
    .showHelpAfterError('(koutu --help lists all options)')
    .addHelpText('after', EXAMPLES)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => env.stdout.write(text), writeErr: (text) => env.stderr.write(text) })
  addFlags(program, PICTURE_FLAGS)
  addFlags(program, RUN_FLAGS)
  program.action(async (inputs: string[]) => {
    if (inputs.length === 0) program.help({ error: true })
    const options = decodeFlags(program, PICTURE_FLAGS) as Options
    const run = resolveWith(RunOptions, decodeFlags(program, RUN_FLAGS))
    const { runCutout } = await import('./cutout-command.ts')
    finish(await runCutout(inputs, options, run, env))
  })
  addModels(program, env, finish)
  addDreamina(program, env, finish)
  addDoctor(program, env, finish)
  addEval(program, env, finish)
  addServe(program, version, env, finish)
  addWorker(program, env, finish)
  addKeys(program, env, finish)
  return program
}

function addModels(program: Command, env: CutoutEnvironment, finish: (exitCode: number) => void): void {
  const models = program.command('models').description('Lists, downloads, checks and removes models.')
  models
    .command('list')
    .description('Lists the models, their licences, and which are on this machine.')
    .option('--json', 'prints JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { listModels } = await import('./models-command.ts')
      finish(await listModels({ json }, env))
    })
  models
    .command('pull')
    .description('Downloads models, resuming what was cut off, and checks their hashes.')
    .argument('<names...>', 'models of the catalogue')
    .option('--accept-license', 'agrees to the licence of a model that is not free for commercial use')
    .option('--offline', 'never uses the network')
    .action(async (names: string[], options: { acceptLicense?: boolean; offline?: boolean }) => {
      const { pullModels } = await import('./models-command.ts')
      finish(
        await pullModels(
          names,
          { acceptLicense: options.acceptLicense ?? false, offline: options.offline ?? false },
          env,
        ),
      )
    })
  models
    .command('verify')
    .description('Hashes the models on this machine and says which are whole.')
    .argument('[names...]', 'models; all that are here by default')
    .action(async (names: string[]) => {
      const { verifyModels } = await import('./models-command.ts')
      finish(await verifyModels(names, env))
    })
  models
    .command('calibrate')
    .description('Makes the int8 recipe of a model from pictures; a few dozen of many kinds are enough.')
    .argument('<name>', 'a model of the catalogue, or the path of an .onnx file')
    .argument('<pictures...>', 'files, folders or globs')
    .option('-o, --output <FILE>', 'where the recipe goes; by default koutu uses it on this machine from then on')
    .action(async (name: string, pictures: string[], options: { output?: string }) => {
      const { calibrateModel } = await import('./models-command.ts')
      finish(await calibrateModel(name, pictures, options, env))
    })
  models
    .command('remove')
    .description('Deletes models and what was prepared from them from the cache.')
    .argument('<names...>', 'models of the catalogue')
    .action(async (names: string[]) => {
      const { removeModels } = await import('./models-command.ts')
      finish(await removeModels(names, env))
    })
}

function addDreamina(program: Command, env: CutoutEnvironment, finish: (exitCode: number) => void): void {
  const dreamina = program
    .command('dreamina')
    .description('Login and tasks of the Dreamina engine, an unofficial interface for an account of your own.')
  const add = (words: string, description: string, run: (argument: string | undefined) => DreaminaCommand) =>
    dreamina
      .command(words)
      .description(description)
      .option('--json', 'prints JSON')
      .option('--region <CN|US|HK|JP|SG>', 'region of the account')
      .option('-o, --output <FOLDER>', 'folder for fetched results', '.')
      .action(async (...args: unknown[]) => {
        const command = args.at(-1) as Command
        const { runDreamina } = await import('./dreamina-command.ts')
        finish(await runDreamina(run(command.args[0]), command.opts(), env))
      })
  add('login', 'Asks for the session id without echo, checks it, and stores it for you only.', () => ({
    name: 'login',
  }))
  add('status', 'Says whether the login works, and which results wait to be fetched.', () => ({ name: 'status' }))
  add('logout', 'Forgets the stored session.', () => ({ name: 'logout' }))
  add('resume [id]', 'Fetches results of tasks that were started before.', (id) => ({ name: 'resume', id }))
  add('explain <file>', 'Prints the requests a cut-out would send, without secrets; sends nothing.', (path) => ({
    name: 'explain',
    path: path ?? '',
  }))
}

function addDoctor(program: Command, env: CutoutEnvironment, finish: (exitCode: number) => void): void {
  program
    .command('doctor')
    .description('Says what works on this machine.')
    .option('--json', 'prints JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { runDoctor } = await import('./doctor.ts')
      finish(await runDoctor({ json }, env))
    })
}

interface EvalCommandFlags {
  readonly html?: string
  readonly sheet?: string
  readonly hardest: number
  readonly baseline?: boolean
  readonly json?: boolean
  readonly only?: string
}

function readCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to 100 but received '${text}'.`)
  }
  return count
}

function addEval(program: Command, env: CutoutEnvironment, finish: (exitCode: number) => void): void {
  const command = program
    .command('eval')
    .description('Scores the results on a folder of pictures with known alpha.')
    .argument('<folder>', 'a folder with manifest.json, or pairs name.jpg and name.alpha.png')
    .option('--html <file>', 'writes a page with every picture')
    .option('--sheet <file>', 'writes a PNG of the hardest pictures: photo, network alone, koutu, truth, on magenta')
    .option('--hardest <count>', 'how many pictures the sheet shows', readCount, 12)
    .option('--baseline', 'Also score the plain network in fp32: ratios, and the images that lost.')
    .option('--json', 'prints JSON')
    .option('--only <ids>', 'scores these pictures only, ids with commas')
  addFlags(
    command,
    PICTURE_FLAGS.filter(({ info }) => info.group === 'subject' || info.group === 'model'),
  )
  command.action(async (folder: string, flags: EvalCommandFlags) => {
    const options = decodeFlags(
      command,
      PICTURE_FLAGS.filter(({ key }) => command.getOptionValue(key) !== undefined),
    ) as Options
    const { runEval } = await import('./eval-command.ts')
    finish(
      await runEval(
        folder,
        {
          html: flags.html,
          sheet: flags.sheet,
          hardest: flags.hardest,
          baseline: flags.baseline ?? false,
          json: flags.json ?? false,
          only: flags.only?.split(','),
        },
        options,
        env,
      ),
    )
  })
}

function addServe(program: Command, version: string, env: CutoutEnvironment, finish: (exitCode: number) => void): void {
  const command = program.command('serve').description('Serves cut-outs over HTTP, with jobs that survive a restart.')
  addFlags(command, SERVE_FLAGS)
  command.action(async () => {
    const options = resolveWith(ServeOptions, decodeFlags(command, SERVE_FLAGS))
    const { runServe } = await import('./serve-command.ts')
    finish(await runServe(options, version, env))
  })
}

function addWorker(program: Command, env: CutoutEnvironment, finish: (exitCode: number) => void): void {
  const command = program
    .command('worker')
    .description('Works for servers elsewhere that share a PostgreSQL and a store with it.')
  addFlags(command, WORKER_FLAGS)
  command.action(async () => {
    const options = resolveWith(WorkerOptions, decodeFlags(command, WORKER_FLAGS))
    const { runWorker } = await import('./worker-command.ts')
    finish(await runWorker(options, env))
  })
}

function addKeys(program: Command, env: CutoutEnvironment, finish: (exitCode: number) => void): void {
  const keys = program.command('keys').description('API keys of a server, whether it is running or not.')
  const add = (words: string, description: string, run: (argument: string | undefined) => KeysCommand): Command =>
    keys
      .command(words)
      .description(description)
      .option('--data <FOLDER>', 'data folder of the server')
      .option('--database-url <URL>', 'PostgreSQL, where the server uses it; better given as KOUTU_DATABASE_URL')
      .option('--json', 'prints JSON')
      .action(async (...args: unknown[]) => {
        const command = args.at(-1) as Command
        const { runKeys } = await import('./keys-command.ts')
        finish(await runKeys(run(command.args[0]), command.opts(), env))
      })
  add('create <name>', 'Makes a key and shows it, this once.', (keyName) => ({
    name: 'create',
    keyName: keyName ?? '',
  }))
    .option('--scopes <SCOPES>', 'what it is good for, with commas; everything by default')
    .option('--rate <NUMBER>', 'requests a minute')
    .option('--concurrency <NUMBER>', 'jobs at once, waiting or running')
  add('list', 'Lists the keys, without their secrets.', () => ({ name: 'list' }))
  add('revoke <id>', 'Makes a key worthless, at once.', (id) => ({ name: 'revoke', id: id ?? '' }))
  add(
    'webhook-secret [id]',
    "Shows what a key's webhooks are signed with; without a key, those of a server without keys.",
    (id) => ({
      name: 'webhook-secret',
      id,
    }),
  )
}

/** Exit code of an error that ended the program, after telling it. */
export function tellError(error: unknown, stderr: CutoutEnvironment['stderr']): number {
  // The parser has told its own errors, and help and version are none.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof KoutuError) {
    stderr.write(`koutu: ${error.message} [${error.code}]\n`)
    return error.row.exit
  }
  stderr.write(`koutu: ${error instanceof Error ? error.message : String(error)}\n`)
  return 1
}
