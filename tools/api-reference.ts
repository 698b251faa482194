// The API of an entry point as Markdown: each export with its comment and its declaration, read from the sources, so that the page
// says what editors show. Knows nothing of the documents.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Comment, parseSync, type Statement } from 'oxc-parser'

const root = join(import.meta.dirname, '..')

interface Parsed {
  readonly file: string
  readonly text: string
  readonly body: readonly Statement[]
  readonly comments: readonly Comment[]
}
interface Declared {
  readonly from: Parsed
  readonly statement: Statement
  readonly start: number
}

const parsed = new Map<string, Parsed>()
function parse(file: string): Parsed {
  const known = parsed.get(file)
  if (known) return known
  const text = readFileSync(file, 'utf8')
  const { program, comments } = parseSync(file, text)
  const result = { file, text, body: program.body as readonly Statement[], comments }
  parsed.set(file, result)
  return result
}

/** The source of an import. Those of packages are named in their package.json. */
function resolve(specifier: string, from: string): string | null {
  if (specifier.startsWith('.')) return join(dirname(from), specifier)
  const [, name, entry] = /^@koutu\/([a-z-]+)(\/.+)?$/.exec(specifier) ?? []
  if (name === undefined) return null
  const folder = join(root, 'packages', name)
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, Record<string, string>>
  }
  return join(folder, exports[`.${entry ?? ''}`]!['@koutu/source']!)
}

type Named = { readonly type: string; readonly name?: string; readonly value?: string }
const nameOf = (node: unknown) => (node as Named).name ?? (node as Named).value

/** Names that a declaration declares. */
function declares(declaration: unknown): readonly (string | undefined)[] {
  const { id, declarations } = declaration as { id?: unknown; declarations?: readonly { id: unknown }[] }
  return declarations ? declarations.map((one) => nameOf(one.id)) : id ? [nameOf(id)] : []
}

/** Where `name`, as `file` exports it, is declared: several times where a function has overloads. */
function find(file: string, name: string): readonly Declared[] {
  const from = parse(file)
  const found: Declared[] = []
  for (const statement of from.body) {
    if (statement.type === 'ExportAllDeclaration') {
      const source = resolve(statement.source.value, file)
      if (source) found.push(...find(source, name))
    } else if (statement.type === 'ExportNamedDeclaration') {
      if (declares(statement.declaration ?? {}).includes(name)) {
        found.push({ from, statement: statement.declaration as unknown as Statement, start: statement.start })
      }
      const specifier = statement.specifiers.find(({ exported }) => nameOf(exported) === name)
      const source = specifier && statement.source && resolve(statement.source.value, file)
      if (source) found.push(...find(source, nameOf(specifier.local)!))
    }
  }
  return found
}

const isFunction = (name: string, file: string) =>
  find(file, name).some(({ statement }) => /^(?:FunctionDeclaration|TSDeclareFunction)$/.test(statement.type))

/** All names that `file` exports by name, functions first. */
function exportsOf(file: string): readonly string[] {
  const names = parse(file).body.flatMap((statement) =>
    statement.type !== 'ExportNamedDeclaration'
      ? []
      : [...declares(statement.declaration ?? {}), ...statement.specifiers.map(({ exported }) => nameOf(exported))],
  ) as string[]
  const [functions, others] = [
    names.filter((name) => isFunction(name, file)),
    names.filter((name) => !isFunction(name, file)),
  ]
  return [...functions, ...others]
}

/** The comment that ends where a declaration begins, without its stars. */
function commentOf({ from, start }: Declared): string {
  const comment = from.comments.findLast(({ end }) => end <= start && from.text.slice(end, start).trim() === '')
  if (comment?.type !== 'Block' || !comment.value.startsWith('*')) return ''
  return comment.value
    .slice(1)
    .replace(/^\s*\* ?/gm, '')
    .trim()
}

/** A comment as Markdown: `@param` as a list, `@example` as code. */
function proseOf(comment: string): string {
  const [about, ...tags] = comment.split(/^@/m).map((part) => part.trim())
  const params = tags.flatMap((tag) => {
    const [, name, text] = /^param (\w+)\s+(?:- )?([\s\S]+)$/.exec(tag) ?? []
    return name ? [`- \`${name}\`: ${text!.replaceAll('\n', ' ')}`] : []
  })
  const examples = tags
    .filter((tag) => tag.startsWith('example'))
    .map((tag) => `\`\`\`ts\n${tag.slice(7).trim()}\n\`\`\``)
  return [about!.replaceAll('\n', ' '), params.join('\n'), ...examples].filter((part) => part !== '').join('\n\n')
}

/** A declaration as it is used: of functions the signature, of classes what is public. */
function signatureOf({ from: { text }, statement }: Declared): string {
  const slice = (start: number, end: number) => text.slice(start, end).trim()
  const { body } = statement as { readonly body?: { readonly start: number; readonly body?: readonly unknown[] } }
  if (statement.type === 'FunctionDeclaration') return slice(statement.start, body!.start).replace(/^async /, '')
  if (statement.type !== 'ClassDeclaration') return slice(statement.start, statement.end)
  const members = (
    body!.body as readonly (Named & {
      start: number
      end: number
      value?: unknown
      accessibility?: string
      computed?: boolean
    })[]
  )
    .filter(({ accessibility, computed }) => accessibility !== 'private' && !computed)
    .map((member) => {
      const value = member.value as { readonly body?: { readonly start: number } } | null | undefined
      return `  ${slice(member.start, value?.body?.start ?? member.end)}`
    })
  return `${slice(statement.start, body!.start)} {\n${members.join('\n')}\n}`
}

/** @param entry the source of an entry point, relative to the repository */
export function apiReference(entry: string): string {
  const file = join(root, entry)
  return exportsOf(file)
    .map((name) => {
      const found = find(file, name)
      if (found.length === 0) throw new Error(`${entry} exports ${name}, which is declared nowhere`)
      // Behind overloads stands an implementation, which nobody calls.
      const overloads = found.filter(({ statement }) => statement.type === 'TSDeclareFunction')
      // Where a schema and its type have one name, the type is what callers write.
      const types = found.filter(({ statement }) => statement.type === 'TSTypeAliasDeclaration')
      const shown = [overloads, types, found].find((some) => some.length > 0)!
      const prose = found.map(commentOf).find((comment) => comment !== '') ?? ''
      return [`### ${name}`, proseOf(prose), `\`\`\`ts\n${shown.map(signatureOf).join('\n')}\n\`\`\``]
        .filter((part) => part !== '')
        .join('\n\n')
    })
    .join('\n\n')
}
