// Translated pages, each of which names its source and the hash of what was translated: `<!-- source: FILE sha256: HASH -->`,
// or the same as a comment of its front matter.
// `node tools/translations.ts` lists those whose source has changed since; `--accept` records that they are current.

import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(import.meta.dirname, '..')
const MARK = /^((?:<!--|---\n#) source: )(\S+)(?: sha256: ([0-9a-f]+))?/

/** Without its generated parts, which are current in every language. */
function hashOf(text: string): string {
  const written = text.replace(/<!-- begin (\S+) -->[\s\S]*?<!-- end \1 -->/g, '')
  return createHash('sha256').update(written).digest('hex').slice(0, 16)
}

interface Translation {
  readonly page: string
  readonly source: string
  readonly isCurrent: boolean
}

export function readTranslations(): Translation[] {
  return globSync(['*.zh-CN.md', 'docs/**/*.zh-CN.md', 'apps/site/home/*.zh-CN.mdx'], { cwd: root })
    .sort()
    .map((page) => {
      const [, , name, hash] = MARK.exec(readFileSync(join(root, page), 'utf8')) ?? []
      if (name === undefined) throw new Error(`${page} does not begin with the name of its source`)
      const source = join(dirname(page), name)
      return { page, source, isCurrent: hash === hashOf(readFileSync(join(root, source), 'utf8')) }
    })
}

function accept({ page, source }: Translation): void {
  const path = join(root, page)
  const hash = hashOf(readFileSync(join(root, source), 'utf8'))
  writeFileSync(path, readFileSync(path, 'utf8').replace(MARK, `$1$2 sha256: ${hash}`))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stale = readTranslations().filter(({ isCurrent }) => !isCurrent)
  if (process.argv.includes('--accept')) stale.forEach(accept)
  else for (const { page, source } of stale) console.log(`${page} is older than ${source}`)
}
