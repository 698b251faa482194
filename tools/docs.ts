// Writes the generated parts of the documents: tables between `<!-- begin NAME -->` and `<!-- end NAME -->`, and code of the
// examples between `<!-- begin FILE#REGION -->` and `<!-- end FILE#REGION -->`.
// `node tools/docs.ts` writes, `node tools/docs.ts --check` fails when a document is behind its source.

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { CATALOG, describeOptions, ERRORS, type OptionDescriptor, RunOptions } from '@koutu/core'
import { ServeOptions } from '@koutu/server/options'
import { FAIRNESS, readPublished } from '../bench/src/results.ts'
import { benchTable, TABLE_NAMES } from '../bench/src/tables.ts'
import { optionsOf } from '../packages/koutu/src/cli/command-spec.ts'
import { COMMANDS, CUTOUT } from '../packages/koutu/src/cli/commands.ts'
import { GROUP_TITLES } from '../packages/koutu/src/cli/flags.ts'
import { Options } from '../packages/koutu/src/options.ts'
import { TOOLS } from '../packages/mcp/src/server.ts'
import { apiReference } from './api-reference.ts'
import { httpReference } from './http-reference.ts'
import { markdownTable as table } from './table.ts'

const root = join(import.meta.dirname, '..')
const cutoutOptions = describeOptions(await optionsOf(CUTOUT))
const commands = await Promise.all(
  COMMANDS.map(async (spec) => ({ ...spec, flags: describeOptions(await optionsOf(spec)) })),
)

function optionRow({ flag, key, help, info, kind, choices, min, max, defaultText }: OptionDescriptor): string[] {
  const value = kind === 'boolean' ? '' : (info.value ?? (choices.length > 0 ? choices.join(', ') : kind))
  const bounds =
    min !== null && max !== null && Number.isFinite(max) && kind !== 'boolean'
      ? ` (${min} to ${max}${info.unit ? ` ${info.unit}` : ''})`
      : ''
  return [
    `\`${flag}\``,
    `\`${key}\``,
    value + bounds,
    kind === 'boolean' && defaultText === 'false' ? '' : (defaultText ?? ''),
    help,
  ]
}

/** Options that have flags only. */
function flagTable(descriptors: readonly OptionDescriptor[]): string {
  return table(
    ['flag', 'value', 'default', 'what it does'],
    descriptors.map(optionRow).map(([flag, , value, standard, help]) => [flag!, value!, standard!, help!]),
  )
}

/** Tables of the options of an image, one for each group, under the headings of `--help`. */
function optionTables(): string {
  const groups = Map.groupBy(describeOptions(Options), ({ info }) => info.group)
  return [...groups]
    .flatMap(([group, descriptors]) => [
      `## ${GROUP_TITLES[group].replace(':', '')}`,
      table(['flag', 'library', 'value', 'default', 'what it does'], descriptors.map(optionRow)),
    ])
    .join('\n\n')
}

/** What most people need, shown in the README. */
const FIRST_OPTIONS = [
  'output',
  'background',
  'crop',
  'margin',
  'shadow',
  'format',
  'mask',
  'quality',
  'keep',
  'model',
] as const

function firstOptions(): string {
  return table(
    ['flag', 'what it does'],
    FIRST_OPTIONS.map((key) => {
      const { flag, help } = cutoutOptions.find((option) => option.key === key)!
      return [`\`${flag}\``, help]
    }),
  )
}

const LANGUAGES: Readonly<Record<string, string>> = {
  '.ts': 'ts',
  '.js': 'js',
  '.py': 'python',
  '.sh': 'sh',
  '.html': 'html',
}

/** The lines between `#region NAME` and `#endregion` of a file, as a code block. */
function exampleCode(reference: string): string {
  const [file, region] = reference.split('#') as [string, string]
  const language = LANGUAGES[extname(file)]
  if (!language) throw new Error(`${file} is in no language that code blocks know`)
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  const begin = lines.findIndex((line) => line.trim().split(' ').slice(1).join(' ') === `#region ${region}`)
  const end = lines.findIndex((line, i) => i > begin && line.trim().endsWith('#endregion'))
  if (begin < 0 || end < 0) throw new Error(`${file} has no region '${region}'`)
  return [
    `\`\`\`${language}`,
    lines
      .slice(begin + 1, end)
      .join('\n')
      .trim(),
    '```',
  ].join('\n')
}

/** Options whose tables are elsewhere are named there. */
const SHOWN_ELSEWHERE: Readonly<Record<string, string>> = {
  serve: 'Its options are in [the server guide](server.md).',
  worker: 'Its options are those of `koutu serve` that concern jobs, database and storage: `koutu worker --help`.',
}

function commandSection({ name, about, args, flags }: (typeof commands)[number]): string {
  const usage = ['koutu', name, ...args.map(({ syntax }) => syntax)].join(' ')
  const tables = [
    args.length > 0
      ? table(
          ['argument', 'what it is'],
          args.map(({ syntax, about }) => [`\`${syntax}\``, about]),
        )
      : '',
    SHOWN_ELSEWHERE[name] ?? (flags.length > 0 ? flagTable(flags) : ''),
  ]
  return [`## koutu ${name}`, `\`${usage}\``, about, ...tables].filter((part) => part !== '').join('\n\n')
}

const GENERATED: Readonly<Record<string, () => string>> = {
  options: optionTables,
  'first-options': firstOptions,
  commands: () => commands.map(commandSection).join('\n\n'),
  'run-options': () => flagTable(describeOptions(RunOptions)),
  'serve-options': () => flagTable(describeOptions(ServeOptions)),
  models: () =>
    table(
      ['model', 'what for', 'input', 'license', 'commercial use'],
      CATALOG.map(({ id, about, input, license }) => [
        `\`${id}\``,
        about,
        `${input.width} x ${input.height}${input.fit === 'stretch' ? '' : ', ratio kept'}`,
        license.url ? `[${license.id}](${license.url})` : license.id,
        license.commercial,
      ]),
    ),
  errors: () =>
    table(
      ['code', 'meaning', 'exit code', 'HTTP status', 'may be tried again'],
      Object.entries(ERRORS).map(([code, { title, exit, status, retryable }]) => [
        `\`${code}\``,
        title,
        String(exit),
        String(status),
        retryable ? 'yes' : 'no',
      ]),
    ),
  'mcp-tools': () =>
    table(
      ['tool', 'what it does', 'input', 'writes'],
      TOOLS.map(({ name, description, input, annotations }) => [
        `\`${name}\``,
        description,
        Object.keys(input.shape)
          .map((key) => `\`${key}\``)
          .join(', '),
        annotations.readOnlyHint ? 'no' : 'yes',
      ]),
    ),
  http: httpReference,
  'api-koutu': () => apiReference('packages/koutu/src/index.ts'),
  'api-matting': () => apiReference('packages/core/src/matting/index.ts'),
  'api-browser': () => apiReference('packages/browser/src/index.ts'),
  'bench-fairness': () => FAIRNESS.map((line) => `- ${line}`).join('\n'),
  ...Object.fromEntries(TABLE_NAMES.map((name) => [name, () => benchTable(name, readPublished())])),
}

const isCheck = process.argv.includes('--check')
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).sort()

let behind = 0
for (const document of documents) {
  const path = join(root, document)
  const before = readFileSync(path, 'utf8')
  const after = before.replace(
    /(<!-- begin (\S+) -->\n)[\s\S]*?(<!-- end \2 -->)/g,
    (_, begin: string, name: string, end: string) => {
      const make = name.includes('#') ? () => exampleCode(name) : GENERATED[name]
      if (!make) throw new Error(`${document} asks for '${name}', which nothing makes`)
      return `${begin}${make()}\n${end}`
    },
  )
  if (before === after) continue
  behind++
  if (isCheck) console.error(`${document} is behind its source: run 'npm run docs'`)
  else writeFileSync(path, after)
}
if (isCheck && behind > 0) process.exitCode = 1
