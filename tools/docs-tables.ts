// The generated tables of the documents, by the name of their place, in the words of the document's language.

import { CATALOG, describeOptions, ERRORS, type OptionDescriptor, RunOptions } from '@koutu/core'
import { ServeOptions } from '@koutu/server/options'
import { FAIRNESS, readPublished } from '../bench/src/results.ts'
import { benchTable, TABLE_NAMES } from '../bench/src/tables.ts'
import { PAGE_REFUSALS } from '../packages/browser/src/worker/page-options.ts'
import { optionsOf } from '../packages/koutu/src/cli/command-spec.ts'
import { COMMANDS, CUTOUT } from '../packages/koutu/src/cli/commands.ts'
import { GROUP_TITLES } from '../packages/koutu/src/cli/flags.ts'
import { Options } from '../packages/koutu/src/options.ts'
import { TOOLS } from '../packages/mcp/src/server.ts'
import { apiReference } from './api-reference.ts'
import { english, readMeasuredWords, type Words } from './chinese.ts'
import { drawnBackgroundsTable, drawnThicknessesTable, drawnTruthsTable } from './drawn-truths-table.ts'
import { httpReference } from './http-reference.ts'
import { markdownTable } from './table.ts'

const cutoutOptions = describeOptions(await optionsOf(CUTOUT))
const commands = await Promise.all(
  COMMANDS.map(async (spec) => ({ ...spec, flags: describeOptions(await optionsOf(spec)) })),
)

const table = (words: Words, head: readonly string[], rows: readonly (readonly string[])[]) =>
  markdownTable(head.map(words), rows)

function valueText({ info, kind, choices, min, max }: OptionDescriptor, words: Words): string {
  if (kind === 'boolean') return ''
  const value = info.value ?? (choices.length > 0 ? choices.join(', ') : words(kind))
  if (min === null || max === null || !Number.isFinite(max)) return value
  return words('{value} ({min} to {max})')
    .replace('{value}', value)
    .replace('{min}', String(min))
    .replace('{max}', `${max}${info.unit ? ` ${info.unit}` : ''}`)
}

function optionRow(descriptor: OptionDescriptor, words: Words): string[] {
  const { flag, key, help, kind, defaultText } = descriptor
  return [
    `\`${flag}\``,
    `\`${key}\``,
    valueText(descriptor, words),
    kind === 'boolean' && defaultText === 'false' ? '' : (defaultText ?? ''),
    words(help),
  ]
}

/** Options that have flags only. */
function flagTable(words: Words, descriptors: readonly OptionDescriptor[]): string {
  const rows = descriptors.map((descriptor) => optionRow(descriptor, words).filter((_, column) => column !== 1))
  return table(words, ['flag', 'value', 'default', 'what it does'], rows)
}

/** Tables of the options of an image, one for each group, under the headings of `--help`. */
function optionTables(words: Words): string {
  const groups = Map.groupBy(describeOptions(Options), ({ info }) => info.group)
  return [...groups]
    .flatMap(([group, descriptors]) => [
      `## ${words(GROUP_TITLES[group].replace(':', ''))}`,
      table(
        words,
        ['flag', 'library', 'value', 'default', 'what it does'],
        descriptors.map((descriptor) => optionRow(descriptor, words)),
      ),
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

function firstOptions(words: Words): string {
  return table(
    words,
    ['flag', 'what it does'],
    FIRST_OPTIONS.map((key) => {
      const { flag, help } = cutoutOptions.find((option) => option.key === key)!
      return [`\`${flag}\``, words(help)]
    }),
  )
}

/** Options whose tables are elsewhere are named there. */
const SHOWN_ELSEWHERE: Readonly<Record<string, string>> = {
  serve: 'Its options are in [the server guide](server.md).',
  watch:
    'Its options are [those of a cutout](options.md) without `--sheet` and `--keep-warm`, and `--settle SECONDS`: an image is processed once it has not changed for this time (default 1).',
  worker: 'Its options are those of `koutu serve` that concern jobs, database and storage: `koutu worker --help`.',
}

function commandSection({ name, about, args, flags }: (typeof commands)[number], words: Words): string {
  const usage = ['koutu', name, ...args.map(({ syntax }) => syntax)].join(' ')
  const elsewhere = SHOWN_ELSEWHERE[name]
  const tables = [
    args.length > 0
      ? table(
          words,
          ['argument', 'what it is'],
          args.map(({ syntax, about }) => [`\`${syntax}\``, words(about)]),
        )
      : '',
    elsewhere ? words(elsewhere) : flags.length > 0 ? flagTable(words, flags) : '',
  ]
  return [`## koutu ${name}`, `\`${usage}\``, words(about), ...tables].filter((part) => part !== '').join('\n\n')
}

const models = (words: Words) =>
  table(
    words,
    ['model', 'what for', 'input', 'license', 'commercial use'],
    CATALOG.map(({ id, about, input, license }) => [
      `\`${id}\``,
      words(about),
      `${input.width} x ${input.height}${input.fit === 'stretch' ? '' : words(', ratio kept')}`,
      license.url ? `[${license.id}](${license.url})` : license.id,
      words(license.commercial),
    ]),
  )

const errors = (words: Words) =>
  table(
    words,
    ['code', 'meaning', 'exit code', 'HTTP status', 'may be tried again'],
    Object.entries(ERRORS).map(([code, { title, exit, status, retryable }]) => [
      `\`${code}\``,
      words(title),
      String(exit),
      String(status),
      words(retryable ? 'yes' : 'no'),
    ]),
  )

const tools = (words: Words) =>
  table(
    words,
    ['tool', 'what it does', 'input', 'writes'],
    TOOLS.map(({ name, description, input, annotations }) => [
      `\`${name}\``,
      words(description),
      Object.keys(input.shape)
        .map((key) => `\`${key}\``)
        .join(', '),
      words(annotations.readOnlyHint ? 'no' : 'yes'),
    ]),
  )

const measuredWords = readMeasuredWords()

/** In the words of the document, as far as there are any. */
function measuredTable(name: string): (words: Words) => string {
  return (words) => benchTable(name, readPublished(), words === english ? english : measuredWords)
}

/** Options that the page refuses. */
const pageOptions = (words: Words): string =>
  table(
    words,
    ['option', 'in the page'],
    Object.entries(PAGE_REFUSALS).map(([name, { message }]) => [`\`${name}\``, words(message)]),
  )

export const TABLES: Readonly<Record<string, (words: Words) => string>> = {
  options: optionTables,
  'first-options': firstOptions,
  commands: (words) => commands.map((command) => commandSection(command, words)).join('\n\n'),
  'run-options': (words) => flagTable(words, describeOptions(RunOptions)),
  'serve-options': (words) => flagTable(words, describeOptions(ServeOptions)),
  models,
  errors,
  'mcp-tools': tools,
  http: httpReference,
  'api-koutu': () => apiReference('packages/koutu/src/index.ts'),
  'api-matting': () => apiReference('packages/core/src/matting/index.ts'),
  'browser-options': pageOptions,
  'api-browser': () => apiReference('packages/browser/src/index.ts'),
  'drawn-truths': drawnTruthsTable,
  'drawn-backgrounds': drawnBackgroundsTable,
  'drawn-thicknesses': drawnThicknessesTable,
  'bench-fairness': (words) => FAIRNESS.map((line) => `- ${words(line)}`).join('\n'),
  ...Object.fromEntries(TABLE_NAMES.map((name) => [name, measuredTable(name)])),
}
