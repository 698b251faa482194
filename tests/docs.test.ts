// The documents against what they describe: generated parts are current, flags in examples exist, links lead somewhere.

import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describeOptions, ERRORS } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { optionsOf } from '../packages/koutu/src/cli/command-spec.ts'
import { COMMANDS, CUTOUT } from '../packages/koutu/src/cli/commands.ts'
import { readTranslations } from '../tools/translations.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const DOCUMENTS = [
  ...globSync('*.md', { cwd: root }),
  ...globSync(['docs/**/*.md', 'packages/*/*.md'], { cwd: root }),
].filter((path) => !path.includes('node_modules'))

/** Text outside of code, where links are links. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')

/** The fragments of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function brokenLinks(document: string): string[] {
  const links = [...prose(read(document)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path, anchor] = link.split('#') as [string, string | undefined]
    const target = path === '' ? document : join(dirname(document), path)
    if (!existsSync(join(root, target))) return true
    return anchor !== undefined && !anchorsOf(read(target)).has(anchor)
  })
}

describe('the documents', () => {
  it('have current tables, whose every text has a Chinese translation', () => {
    expect(() =>
      execFileSync(process.execPath, [join(root, 'tools/docs.ts'), '--check'], { stdio: 'pipe' }),
    ).not.toThrow()
  })

  it('list every error code', () => {
    const listed = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` /gm)].map((match) => match[1])
    expect(listed.sort()).toEqual(Object.keys(ERRORS).sort())
  })

  it.each(['', '.zh-CN'])('say what to do about every error code: troubleshooting%s.md', (language) => {
    const page = read(`docs/troubleshooting${language}.md`)
    expect(Object.keys(ERRORS).filter((code) => !page.includes(`\`${code}\``))).toEqual([])
  })

  it.each(DOCUMENTS)('link to what exists: %s', (document) => {
    expect(brokenLinks(document)).toEqual([])
  })

  it.each(['docs/README.md', 'docs/README.zh-CN.md'])('are listed in the index: %s', (index) => {
    const links = [...prose(read(index)).matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => join('docs', target!))
    const english = (path: string) => path.replace('.zh-CN.md', '.md')
    const pages = globSync('docs/**/*.md', { cwd: root }).map(english)
    const listed = links.filter((path) => path.endsWith('.md') && path.startsWith('docs/')).map(english)
    const unlisted = [...new Set(pages)].filter((page) => page !== 'docs/README.md' && !listed.includes(page))
    expect(unlisted).toEqual([])
    // The sidebar of the site is made of both.
    expect(read(index).match(/^## /gm)).toHaveLength(read('docs/README.md').match(/^## /gm)!.length)
  })

  it('in Chinese link to pages in Chinese where these exist', () => {
    const wrong = DOCUMENTS.filter((path) => path.endsWith('.zh-CN.md')).flatMap((page) =>
      [...prose(read(page)).matchAll(/\[([^[\]]*)\]\(([^)#\s]+)\.md\b/g)]
        .filter(([, text, target]) => {
          const isMeant = text === 'English' || text === '英文版' || target!.endsWith('.zh-CN')
          return !isMeant && existsSync(join(root, dirname(page), `${target}.zh-CN.md`))
        })
        .map(([link]) => `${page}: ${link}`),
    )
    expect(wrong).toEqual([])
  })

  it('are there in Chinese, but for what only developers read', () => {
    const english = globSync('docs/**/*.md', { cwd: root }).filter((path) => !path.endsWith('.zh-CN.md'))
    const missing = english.filter((path) => !existsSync(join(root, path.replace('.md', '.zh-CN.md'))))
    expect(missing.sort()).toEqual(['docs/architecture.md', 'docs/dependencies.md'])
  })

  it('are translated from their current sources', () => {
    const pages = readTranslations()
    expect(pages.length).toBeGreaterThan(0)
    const stale = pages.filter(({ isCurrent }) => !isCurrent).map(({ page, source }) => `${page}, from ${source}`)
    expect(stale, 'translate what has changed, then run: npx node tools/translations.ts --accept').toEqual([])
  })

  it('keep the README to 120 lines, with the same parts in Chinese', () => {
    const [english, chinese] = [read('README.md'), read('README.zh-CN.md')]
    expect(english.trimEnd().split('\n').length).toBeLessThanOrEqual(120)
    for (const part of [/^## /gm, /^```/gm, /^- /gm, /^\|/gm])
      expect(chinese.match(part)).toHaveLength(english.match(part)!.length)
    const pages = (text: string) =>
      [...text.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, page]) => page!.replace('.zh-CN', ''))
    expect([...new Set(pages(chinese))].sort()).toEqual([...new Set(pages(english))].sort())
  })

  it('have no paragraph of more than three sentences before the first code', () => {
    const long = DOCUMENTS.filter((document) => {
      const text = read(document)
      const opening = text.slice(0, Math.max(0, text.indexOf('```')))
      return opening.split(/\n\s*\n/).some((paragraph) => (paragraph.match(/[.!?](?=\s|$)|[。！？]/g) ?? []).length > 3)
    })
    expect(long).toEqual([])
  })

  it('say what a command does in sentences of their own', () => {
    const begun = DOCUMENTS.filter((document) => /^```\n\n(?!koutu)[a-z]{2}/m.test(read(document)))
    expect(begun).toEqual([])
  })

  it('cut their programs from examples, which tests run or compile', () => {
    const written = DOCUMENTS.filter((document) => document.startsWith('docs/') || document.startsWith('README'))
      .flatMap((document) => {
        const text = read(document).replace(/<!-- begin (\S+) -->[\s\S]*?<!-- end \1 -->/g, '')
        return [...text.matchAll(/^```(?:ts|js|tsx|jsx)\n[\s\S]*?^```$/gm)].map(([code]) => `${document}: ${code}`)
      })
      // The call that another library wants, before and after.
      .filter((code) => !code.includes("from '@imgly/background-removal'"))
    expect(written).toEqual([])
  })

  it('name only flags that exist', async () => {
    const known = new Set(['--help', '--version'])
    for (const options of await Promise.all([CUTOUT, ...COMMANDS].map(optionsOf)))
      for (const { flag } of describeOptions(options)) known.add(flag)
    const lines = DOCUMENTS.filter((document) => document !== 'CHANGELOG.md')
      .flatMap((document) => read(document).split('\n'))
      // Other programs have flags, too.
      .filter(
        (line) =>
          /\bkoutu [a-z.*]|`--/.test(line) && !/\b(?:npm|docker|kubectl|helm|curl|esbuild|npx vitest)\b/.test(line),
      )
    const flags = lines.flatMap((line) =>
      [...line.matchAll(/(?<=[\s`])--[a-z][a-z-]*[a-z]\b(?!-?\*)/g)].map(([flag]) => flag),
    )
    expect(flags.length).toBeGreaterThan(100)
    expect([...new Set(flags.filter((flag) => !known.has(flag)))]).toEqual([])
  })
})
