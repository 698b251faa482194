// All commands as data. `program.ts` builds the command line from it, `tools/docs.ts` the reference. Implementations are
// imported when they run, so that no command waits for the code of another.

import { CATALOG, describeOptions, invalidOptions, optionInfo, RunOptions, resolveWith } from '@koutu/core'
import * as z from '@koutu/core/zod'
import { DreaminaOptions } from '@koutu/dreamina/options'
import { HOSTS } from '../mcp/hosts.ts'
import { type Options, Options as OptionsSchema } from '../options.ts'
import {
  type CommandSpec,
  commaSeparated,
  defineCommand,
  json,
  linesOf,
  onOff,
  option,
  required,
} from './command-spec.ts'
import { SHELLS } from './completion/shells.ts'
import { SERVER } from './server-commands.ts'

const offline = onOff('Offline', 'Never use the network.')
const MODEL_NAMES = CATALOG.map(({ id }) => id)
const modelNames = { syntax: '<names...>', about: 'Names from the model catalog.', choices: MODEL_NAMES }

/** The command without a name: what koutu is for. */
export const CUTOUT = defineCommand({
  name: '',
  about: 'Cut the subject out of images: photo in, transparent PNG out.',
  args: [{ syntax: '[inputs...]', about: 'Files, folders, globs, URLs, or - for stdin.' }],
  options: z.strictObject({ ...OptionsSchema.shape, ...RunOptions.shape }),
  async run({ args, given }, env) {
    if (args.length === 0) {
      throw invalidOptions([{ path: '[inputs...]', message: 'Expected at least one file, folder, glob or URL, or -' }])
    }
    const { runCutout } = await import('./cutout-command.ts')
    return runCutout(args, pick(given, OptionsSchema), resolveWith(RunOptions, pick(given, RunOptions)), env)
  },
})

/** First words that several commands share. */
export const GROUPS: Readonly<Record<string, string>> = {
  models: 'List, download, verify, calibrate and remove models.',
  dreamina: 'Log in to Dreamina and manage its tasks. An unofficial interface; uses your own account.',
  keys: 'Manage the API keys of a server, running or not.',
}

const { shape } = OptionsSchema

/** Of an image whose alpha is given: nothing of networks and engines. */
const finishOptions = z.strictObject({
  ...Object.fromEntries(
    describeOptions(OptionsSchema)
      .filter(({ key, info }) => !['subject', 'model', 'engine'].includes(info.group) && key !== 'refiner')
      .map(({ key }) => [key, shape[key as keyof typeof shape]]),
  ),
  speckArea: shape.speckArea
    .unwrap()
    .default({ value: 0, unit: 'px' })
    .register(optionInfo, optionInfo.get(shape.speckArea)!),
})

const APPLY = defineCommand({
  name: 'apply',
  about: 'Cut an image out with alpha that you have, without a network.',
  args: [
    { syntax: '<image>', about: 'A file, a URL, or - for stdin.' },
    {
      syntax: '<alpha>',
      about: 'An image of the same aspect ratio: its transparency where it has any, else its brightness.',
    },
  ],
  options: z.strictObject({ ...finishOptions.shape, ...RunOptions.omit({ keepWarm: true }).shape }),
  async run({ args, given }, env) {
    const { runCutout } = await import('./cutout-command.ts')
    const [image, alpha] = [required(args), required(args, 1)]
    return runCutout([image], pick(given, finishOptions), resolveWith(RunOptions, pick(given, RunOptions)), env, alpha)
  },
})

const WATCH = defineCommand({
  name: 'watch',
  about: 'Cut out the images of a folder, and those that arrive or change, until stopped.',
  args: [{ syntax: '<folder>', about: 'A folder of images. Its subfolders are watched, too.' }],
  options: z.strictObject({
    ...OptionsSchema.shape,
    ...RunOptions.omit({ sheet: true, keepWarm: true }).shape,
    settle: option(
      z.number().min(0.1).max(3600).default(1),
      'Settle',
      'Process an image once it has not changed for this time, so that none is read while it is written.',
      { unit: 's' },
    ),
  }),
  async run({ args, given, options }, env) {
    const { runWatch } = await import('./watch-command.ts')
    const run = resolveWith(RunOptions, pick(given, RunOptions))
    const watched = { folder: required(args), settleMs: options.settle * 1000 }
    return runWatch(watched, pick(given, OptionsSchema), run, env)
  },
})

const MODELS = [
  defineCommand({
    name: 'models list',
    about: 'List models with their licenses and whether they are installed.',
    args: [],
    options: z.strictObject({ json }),
    async run({ options }, env) {
      return (await import('./models-command.ts')).listModels(options, env)
    },
  }),
  defineCommand({
    name: 'models pull',
    about: 'Download models, resuming partial downloads, and verify their hashes.',
    args: [modelNames],
    options: z.strictObject({
      acceptLicense: onOff('Accept license', 'Accept the license of a model that excludes commercial use.'),
      offline,
    }),
    async run({ args, options }, env) {
      return (await import('./models-command.ts')).pullModels(args, options, env)
    },
  }),
  defineCommand({
    name: 'models verify',
    about: 'Hash the installed models and report damaged files.',
    args: [
      {
        syntax: '[names...]',
        about: 'Names from the model catalog. Default: all installed models.',
        choices: MODEL_NAMES,
      },
    ],
    options: z.strictObject({}),
    async run({ args }, env) {
      return (await import('./models-command.ts')).verifyModels(args, env)
    },
  }),
  defineCommand({
    name: 'models calibrate',
    about: 'Make the int8 recipe of a model from sample images. A few dozen varied images are enough.',
    args: [
      { syntax: '<name>', about: 'Name from the model catalog, or the path of an .onnx file.' },
      { syntax: '<images...>', about: 'Files, folders or globs.' },
    ],
    options: z.strictObject({
      output: option(
        z.string().min(1).optional(),
        'Output',
        'File to write the recipe to. Default: the cache, where koutu uses it from then on.',
        { value: 'FILE' },
      ),
    }),
    async run({ args: [name = '', ...images], options }, env) {
      return (await import('./calibrate-command.ts')).calibrateModel(name, images, options, env)
    },
  }),
  defineCommand({
    name: 'models remove',
    about: 'Delete models and everything prepared from them from the cache.',
    args: [modelNames],
    options: z.strictObject({}),
    async run({ args }, env) {
      return (await import('./models-command.ts')).removeModels(args, env)
    },
  }),
]

const dreaminaOptions = z.strictObject({ json, region: DreaminaOptions.shape.dreaminaRegion })

const DREAMINA = [
  defineCommand({
    name: 'dreamina login',
    about: 'Ask for the session id without echo, check it, and store it with access for you only.',
    args: [],
    options: dreaminaOptions,
    async run({ options }, env) {
      return (await import('./dreamina-command.ts')).runDreamina({ name: 'login' }, options, env)
    },
  }),
  defineCommand({
    name: 'dreamina status',
    about: 'Show whether the login works and which results are ready to fetch.',
    args: [],
    options: dreaminaOptions,
    async run({ options }, env) {
      return (await import('./dreamina-command.ts')).runDreamina({ name: 'status' }, options, env)
    },
  }),
  defineCommand({
    name: 'dreamina logout',
    about: 'Delete the stored session.',
    args: [],
    options: dreaminaOptions,
    async run({ options }, env) {
      return (await import('./dreamina-command.ts')).runDreamina({ name: 'logout' }, options, env)
    },
  }),
  defineCommand({
    name: 'dreamina resume',
    about: 'Fetch results of tasks started earlier.',
    args: [{ syntax: '[id]', about: 'Task id. Default: all tasks.' }],
    options: dreaminaOptions.extend({
      output: option(z.string().min(1).default('.'), 'Output', 'Folder to write results to.', { value: 'FOLDER' }),
    }),
    async run({ args: [id], options: { output: folder, ...options } }, env) {
      return (await import('./dreamina-command.ts')).runDreamina({ name: 'resume', id, folder }, options, env)
    },
  }),
  defineCommand({
    name: 'dreamina explain',
    about: 'Print the requests a cutout would send, without secrets. Sends nothing.',
    args: [{ syntax: '<file>', about: 'An image file.' }],
    options: dreaminaOptions,
    async run({ args, options }, env) {
      const { runDreamina } = await import('./dreamina-command.ts')
      return runDreamina({ name: 'explain', path: required(args) }, options, env)
    },
  }),
]

/** What changes an alpha before it is composed: nothing else can be scored. */
const scoredOptions = z.strictObject({
  engine: shape.engine,
  model: shape.model,
  device: shape.device,
  quality: shape.quality,
  precision: shape.precision,
  modelSize: shape.modelSize,
  modelMean: shape.modelMean,
  modelStd: shape.modelStd,
  modelOutput: shape.modelOutput,
})

const EVAL = defineCommand({
  name: 'eval',
  about: 'Score results on a folder of images with known alpha.',
  args: [{ syntax: '<folder>', about: 'A folder with manifest.json, or pairs of name.jpg and name.alpha.png.' }],
  options: z.strictObject({
    html: option(z.string().min(1).optional(), 'HTML report', 'Write an HTML report with every image.', {
      value: 'FILE',
    }),
    sheet: option(
      z.string().min(1).optional(),
      'Contact sheet',
      'Write a PNG of the hardest images: photo, network alone, koutu, ground truth, on magenta.',
      { value: 'FILE' },
    ),
    hardest: option(z.number().int().min(1).max(100).default(12), 'Hardest', 'Number of images on the sheet.'),
    baseline: onOff('Baseline', 'Also score the plain network in fp32: ratios, and the images that lost.'),
    json,
    only: option(z.array(z.string()).optional(), 'Only', 'Score only these images: ids, separated by commas.', {
      value: 'IDS',
      ...commaSeparated,
    }),
    ...scoredOptions.shape,
  }),
  async run({ args, given, options }, env) {
    return (await import('./eval-command.ts')).runEval(required(args), options, pick(given, scoredOptions), env)
  },
})

const MCP = defineCommand({
  name: 'mcp',
  about: 'Offer koutu to an assistant as a tool (Model Context Protocol) over stdin and stdout.',
  args: [],
  options: z.strictObject({
    allow: option(
      z.array(z.string().min(1)).default([]),
      'Allowed folders',
      'Let the assistant read and write files in these folders. Default: KOUTU_MCP_ALLOW.',
      { value: 'DIR', repeats: true, fromText: linesOf, toText: (folders: readonly string[]) => folders.join(', ') },
    ),
    offline,
    install: option(z.enum(HOSTS).optional(), 'Install', 'Add koutu to the configuration of this program.'),
    print: onOff('Print', 'Show the configuration and write nothing.'),
  }),
  async run({ options }, env) {
    return (await import('./mcp-command.ts')).runMcp(options, env)
  },
})

const COMPLETION = defineCommand({
  name: 'completion',
  about: 'Print the completion script of a shell.',
  args: [{ syntax: '<shell>', about: `One of ${SHELLS.join(', ')}.`, choices: SHELLS }],
  options: z.strictObject({}),
  async run({ args }, env) {
    return (await import('./completion/completion-command.ts')).printCompletion(required(args), env)
  },
})

export const COMMANDS: readonly CommandSpec[] = [
  WATCH,
  APPLY,
  ...MODELS,
  ...DREAMINA,
  defineCommand({
    name: 'doctor',
    about: 'Check what works on this machine.',
    args: [],
    options: z.strictObject({
      json,
      device: onOff('Device', 'Try out every graphics processor and print a report to send with a question.'),
    }),
    async run({ options }, env) {
      if (options.device) return (await import('./device-report.ts')).runDeviceReport(options, env)
      return (await import('./doctor.ts')).runDoctor(options, env)
    },
  }),
  EVAL,
  defineCommand({
    name: 'browser-assets',
    about: 'Write the files that @koutu/browser loads in a page: worker, runtime, kernels and models.',
    args: [{ syntax: '<folder>', about: 'A folder that the site serves, such as public/koutu.' }],
    options: z.strictObject({
      model: option(
        z.array(z.string().min(1)).min(1).default(['isnet-general-use']),
        'Models',
        'Models to include: names of installed ones or paths of .onnx files, separated by commas.',
        { value: 'NAMES', ...commaSeparated },
      ),
      refiner: option(
        z.array(z.string().min(1)).default([]),
        'Refiners',
        'Matting networks to include, for the option refiner: vitmatte, names of installed ones or paths of .onnx files, separated by commas.',
        { value: 'NAMES', ...commaSeparated },
      ),
      precision: option(
        z.enum(['all', 'int8', 'fp32']).default('all'),
        'Precision',
        'Include only graphs of this precision. WebAssembly uses int8, WebGPU fp32.',
      ),
    }),
    async run({ args, options }, env) {
      return (await import('./browser-assets-command.ts')).runBrowserAssets(required(args), options, env)
    },
  }),
  ...SERVER,
  MCP,
  COMPLETION,
]

/** The part of the given flags that `schema` describes. */
function pick(given: Readonly<Record<string, unknown>>, schema: z.ZodObject): Options & Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => key in schema.shape))
}
