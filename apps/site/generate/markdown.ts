// Reads what the site needs of a Markdown page: its title and its links. Knows nothing of files.

const CODE = /^```[\s\S]*?^```$|`[^`\n]*`/gm
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g
/** Stands for a piece of code while links are looked for. */
const MARK = '\uE000'

export interface Link {
  readonly isImage: boolean
  readonly text: string
  readonly target: string
}

/** Replaces each link outside of code. Code in a link's text is kept. */
export function replaceLinks(text: string, replace: (link: Link) => string): string {
  const codes: string[] = []
  const withoutCode = text.replace(CODE, (code) => `${MARK}${codes.push(code) - 1}${MARK}`)
  return withoutCode
    .replace(LINK, (_, image: string, label: string, target: string) =>
      replace({ isImage: image === '!', text: label, target }),
    )
    .replace(new RegExp(`${MARK}(\\d+)${MARK}`, 'g'), (_, index: string) => codes[Number(index)]!)
}

export function linksOf(text: string): Link[] {
  const links: Link[] = []
  replaceLinks(text, (link) => {
    links.push(link)
    return ''
  })
  return links
}

/** A block of code. One without a language is what a program prints, whose long lines wrap. */
const BLOCK = /^```(.*)\n([\s\S]*?)^```$/gm
/** A row of three columns. */
const COLUMNS = /\S {2,}\S.* {2,}\S/gm
const MIN_ROWS = 3

/** Tables that a program prints keep their lines, which would be no columns otherwise. They scroll where they are too wide. */
export function keepTables(text: string): string {
  return text.replace(BLOCK, (block, language: string, lines: string) =>
    language === '' && (lines.match(COLUMNS)?.length ?? 0) >= MIN_ROWS ? block.replace('```', '```text') : block,
  )
}

export interface Section {
  readonly heading: string
  readonly links: readonly Link[]
}

/** The links under each heading of the second level. */
export function sectionsOf(text: string): Section[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => ({ heading: section.split('\n', 1)[0]!, links: linksOf(section) }))
}

/** Without the title, which the site shows itself, and what GitHub alone needs: front matter, notes, the link to the other language. */
export function splitPage(text: string): { title: string; body: string } {
  const lines = text.replace(/^---\n[\s\S]*?\n---\n/, '').split('\n')
  const at = lines.findIndex((line) => line.startsWith('# '))
  const body = lines
    .slice(at + 1)
    .filter((line) => !/^\[(?:English|简体中文)\]\([^)]+\)$/.test(line))
    .join('\n')
  return { title: (lines[at] ?? '').slice(2).trim(), body: body.trim() }
}
