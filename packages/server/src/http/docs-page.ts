// Renders the OpenAPI document as plain HTML, without scripts, fonts or external resources.

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly const?: unknown
}
interface Content {
  readonly schema?: Schema
}
interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly schema?: Schema
    readonly description?: string
  }[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, Content>> }
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, Content>> }>
  >
}
interface Document {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

export function docsPage(document: object): string {
  const { info, paths = {}, components } = document as Document
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => operationSection(method, path, operation)),
  )
  const schemas = Object.entries(components?.schemas ?? {}).map(([name, schema]) => schemaSection(name, schema))
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${text(info.title)} API</title><style>${STYLE}</style></head><body>
<h1>${text(info.title)} <small>${text(info.version)}</small></h1>
<p>${prose(info.description)} For programs: <a href="/openapi.json">openapi.json</a>.</p>
${operations.join('\n')}
<h2>Shapes</h2>
${schemas.join('\n')}
</body></html>
`
}

function operationSection(method: string, path: string, operation: Operation): string {
  const { parameters = [], requestBody, responses = {} } = operation
  const rows = parameters.map((parameter) => [
    `<code>${text(parameter.name)}</code>`,
    text(parameter.in),
    typeOf(parameter.schema),
    prose(parameter.description ?? parameter.schema?.description),
  ])
  const bodies = contentRows(requestBody?.content)
  const answers = Object.entries(responses).map(([status, response]) => [
    `<code>${text(status)}</code>`,
    Object.keys(response.content ?? {})
      .map((type) => `${text(type)} ${typeOf(response.content?.[type]?.schema)}`)
      .join('<br>'),
    prose(response.description),
  ])
  return `<details><summary><b class="${text(method)}">${text(method.toUpperCase())}</b> <code>${text(path)}</code> ${prose(operation.summary)}</summary>
<p>${prose(operation.description)}</p>
${table(['parameter', 'in', 'type', 'what it does'], rows)}${table(['body', 'shape'], bodies)}${table(['status', 'content', 'when'], answers)}
</details>`
}

function contentRows(content: Readonly<Record<string, Content>> = {}): string[][] {
  return Object.entries(content).map(([type, { schema }]) => [`<code>${text(type)}</code>`, typeOf(schema)])
}

function schemaSection(name: string, schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, property]) => [
    `<code>${text(key)}</code>${schema.required?.includes(key) ? ' *' : ''}`,
    typeOf(property),
    prose(property.description),
  ])
  return `<details id="${text(name)}"><summary><code>${text(name)}</code> ${prose(schema.description)}</summary>
${table(['member', 'type', 'what it is'], rows)}</details>`
}

function typeOf(schema: Schema | undefined): string {
  if (!schema) return ''
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1)!
    return `<a href="#${text(name)}">${text(name)}</a>`
  }
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return choices.map(typeOf).join(' | ')
  if (schema.const !== undefined) return `<code>${text(JSON.stringify(schema.const))}</code>`
  if (schema.enum) return schema.enum.map((value) => `<code>${text(JSON.stringify(value))}</code>`).join(' | ')
  const bounds =
    schema.minimum !== undefined || schema.maximum !== undefined
      ? ` ${text(`${schema.minimum ?? ''} … ${schema.maximum ?? ''}`)}`
      : ''
  const standard = schema.default === undefined ? '' : ` = <code>${text(JSON.stringify(schema.default))}</code>`
  const inner = schema.items
    ? `list of ${typeOf(schema.items)}`
    : schema.properties
      ? `{ ${Object.entries(schema.properties)
          .map(([key, value]) => `${text(key)}: ${typeOf(value)}`)
          .join(', ')} }`
      : text([schema.type].flat().join(' | '))
  return inner + bounds + standard
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

/** Backticks become code. */
function prose(value: string | undefined): string {
  return text(value ?? '').replace(/`([^`]+)`/g, '<code>$1</code>')
}

const STYLE = `
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
details{border:1px solid #8884;border-radius:6px;margin:.5rem 0;padding:.5rem .8rem}summary{cursor:pointer}
table{border-collapse:collapse;margin:.8rem 0;display:block;overflow-x:auto}th,td{text-align:left;vertical-align:top;padding:.25rem .8rem .25rem 0;border-bottom:1px solid #8883}
code{font:0.9em ui-monospace,monospace}b{display:inline-block;min-width:4rem}.post{color:#06a}.get{color:#080}.delete{color:#b00}`
