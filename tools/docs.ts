// Writes the generated parts of the documents: tables between `<!-- begin NAME -->` and `<!-- end NAME -->`, and code of the
// examples between `<!-- begin FILE#REGION -->` and `<!-- end FILE#REGION -->`.
// Also files that are generated whole.
// `node tools/docs.ts` writes, `node tools/docs.ts --check` fails when a document is behind its source, or when a text of a
// Chinese table has no translation.

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { english, readChinese } from './chinese.ts'
import { FILES } from './docs-files.ts'
import { TABLES } from './docs-tables.ts'

const root = join(import.meta.dirname, '..')

const LANGUAGES: Readonly<Record<string, string>> = {
  '.ts': 'ts',
  '.js': 'js',
  '.py': 'python',
  '.sh': 'sh',
  '.html': 'html',
  '.json': 'json',
}

/** The lines between `#region NAME` and `#endregion`. JSON has no comments and is taken whole. */
function regionOf(text: string, region: string): string | null {
  const lines = text.split('\n')
  const begin = lines.findIndex((line) => line.trim().split(' ').slice(1).join(' ') === `#region ${region}`)
  const end = lines.findIndex((line, i) => i > begin && line.trim().endsWith('#endregion'))
  return begin < 0 || end < 0 ? null : lines.slice(begin + 1, end).join('\n')
}

function exampleCode(reference: string): string {
  const [file, region] = reference.split('#') as [string, string]
  const language = LANGUAGES[extname(file)]
  if (!language) throw new Error(`${file} is in no language that code blocks know`)
  const text = readFileSync(join(root, file), 'utf8')
  const code = language === 'json' ? text : regionOf(text, region)
  if (code === null) throw new Error(`${file} has no region '${region}'`)
  return `\`\`\`${language}\n${code.trim()}\n\`\`\``
}

const isCheck = process.argv.includes('--check')
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).sort()
const chinese = readChinese()

const problems: string[] = []
function update(file: string, before: string, after: string): void {
  if (before === after) return
  if (isCheck) problems.push(`${file} is behind its source: run 'npm run docs'`)
  else writeFileSync(join(root, file), after)
}

for (const [file, make] of Object.entries(FILES)) update(file, readFileSync(join(root, file), 'utf8'), await make())
for (const document of documents) {
  const before = readFileSync(join(root, document), 'utf8')
  const words = document.endsWith('.zh-CN.md') ? chinese.words : english
  const after = before.replace(
    /(<!-- begin (\S+) -->\n)[\s\S]*?(<!-- end \2 -->)/g,
    (_, begin: string, name: string, end: string) => {
      const make = name.includes('#') ? () => exampleCode(name) : TABLES[name]
      if (!make) throw new Error(`${document} asks for '${name}', which nothing makes`)
      return `${begin}${make(words)}\n${end}`
    },
  )
  update(document, before, after)
}
problems.push(...chinese.problems().map((problem) => `tools/zh-CN.json ${problem}`))
for (const problem of problems) console.error(problem)
if (isCheck && problems.length > 0) process.exitCode = 1
