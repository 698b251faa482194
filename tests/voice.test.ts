// The words of texts that people read, against the glossary in AGENTS.md: help, errors, models, everything that the packages
// print or serve (OpenAPI, logs, terminal), the guides, and comments.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CATALOG, describeOptions, ERRORS } from '@koutu/core'
import { ServeOptions } from '@koutu/server/options'
import { describe, expect, it } from 'vitest'
import { optionsOf } from '../packages/koutu/src/cli/command-spec.ts'
import { COMMANDS, CUTOUT } from '../packages/koutu/src/cli/commands.ts'
import { Options } from '../packages/koutu/src/options.ts'
import { textsOf } from './prose.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const SPELLING =
  /\b(?:cut-outs?|pin-holes?|licen[c]e[sd]?|colou\w+|gr[e]y\w*|behaviou\w+|neighbou\w+|cent[r]ed?|catalogues?|cancell(?:ed|ing)|learnt|(?:minim|maxim|optim|normal|initial|recogn|organ|summar|custom|author|serial|visual|quant|general)is(?:e[ds]?|ing|ation))\b/i
const TERMS = /\bpictures?\b/i

const offenders = (texts: readonly string[]) => texts.filter((text) => SPELLING.test(text) || TERMS.test(text))

/** Sources with texts in them. Fixtures of other services keep the words of those. */
const SOURCES = globSync('{packages/*/src,apps,testing/src,bench,tools,tests,tests-all,examples}/**/*.ts', {
  cwd: root,
}).filter((path) => !/node_modules|\bdist\b|^tests\/voice/.test(path))
const PRODUCT = SOURCES.filter((path) => path.startsWith('packages/') && !/\.test\.ts$|fixture/.test(path))
const GUIDES = globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'apps/site/home/*.mdx'], { cwd: root })

/** Words of other services' protocols, and of our own API, SQL and flags, which are no prose. */
const NOT_PROSE = /koutu\.picture|type: 'picture'|--pictures|pictures\/|image_file/

function found(paths: readonly string[], kind: 'comment' | 'string', isWrong: RegExp): string[] {
  return paths.flatMap((path) =>
    textsOf(read(path))
      .filter((text) => text.kind === kind && isWrong.test(text.text) && !NOT_PROSE.test(text.text))
      .map(({ line, text }) => `${path}:${line} ${text.slice(0, 100)}`),
  )
}

/** Without code, which has names of its own. */
const proseOf = (markdown: string) => markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`|\]\([^)]*\)/g, '')

describe('the voice', () => {
  it('is told from what is not', () => {
    expect(offenders(['A grey picture.', 'One cut-out', 'The licence', 'cancelled', 'normalised'])).toHaveLength(5)
    expect(offenders(['A gray image.', 'One cutout', 'The license', 'canceled', 'normalized'])).toEqual([])
  })

  it('is read from comments and strings alone', () => {
    const source = `const a = 'two words' // one\nconst b = x / y / z, c = /a 'b c/\nconst d = \`\${a} is b\` /* \`e\` f */\n`
    expect(textsOf(source).map(({ kind, line, text }) => [kind, line, text])).toEqual([
      ['string', 1, 'two words'],
      ['comment', 1, '// one'],
      ['string', 3, '… is b'],
      ['comment', 3, '/* … f */'],
    ])
  })

  it('holds in the help of options and commands', async () => {
    const shown = [Options, ServeOptions, ...(await Promise.all([CUTOUT, ...COMMANDS].map(optionsOf)))]
    const texts = shown.flatMap((options) => describeOptions(options).flatMap(({ info, help }) => [info.title, help]))
    expect(texts.length).toBeGreaterThan(200)
    expect(offenders(texts)).toEqual([])
    expect(offenders(COMMANDS.map(({ about }) => about))).toEqual([])
  })

  it('holds in the titles of errors and in what models say of themselves', () => {
    expect(offenders(Object.values(ERRORS).map(({ title }) => title))).toEqual([])
    expect(offenders(CATALOG.flatMap(({ title, about, license }) => [title, about, license.note ?? '']))).toEqual([])
  })

  it('holds in what the packages print, log and serve', () => {
    expect(PRODUCT.length).toBeGreaterThan(300)
    expect(found(PRODUCT, 'string', SPELLING)).toEqual([])
    expect(found(PRODUCT, 'string', TERMS)).toEqual([])
  })

  it('spells as Americans do in comments and tests', () => {
    expect(found(SOURCES, 'comment', SPELLING)).toEqual([])
    expect(found(SOURCES, 'string', SPELLING)).toEqual([])
  })

  it('holds in the guides', () => {
    expect(GUIDES.length).toBeGreaterThan(15)
    const wrong = GUIDES.filter((path) => path !== 'AGENTS.md').flatMap((path) =>
      offenders(proseOf(read(path)).split('\n')).map((line) => `${path}: ${line.slice(0, 120)}`),
    )
    expect(wrong).toEqual([])
  })
})
