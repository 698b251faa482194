// The requests of the server as tables, one for each protocol, from its OpenAPI document.

import { createApp } from '../packages/server/src/app.ts'
import type { AppDeps } from '../packages/server/src/app-deps.ts'
import type { Words } from './chinese.ts'
import { markdownTable } from './table.ts'

interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly responses: Readonly<Record<string, unknown>>
}

/** Gives itself for everything that is asked of it: routes are described here, and never called. */
const anything: unknown = new Proxy(() => anything, { get: () => anything, apply: () => anything })

function openApiPaths(): Readonly<Record<string, Readonly<Record<string, Operation>>>> {
  const settings = { limits: {}, engines: ['onnx'], bodyTimes: {}, allowedOrigins: [], allowedHosts: [] }
  const deps = { assets: null, settings, secret: () => new Uint8Array(32) }
  const given = new Proxy(deps, { get: (known, key) => (key in known ? known[key as keyof typeof known] : anything) })
  const app = createApp(given as unknown as AppDeps)
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'koutu', version: '0' } })
  return document.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const OWN = 'koutu'

export function httpReference(words: Words): string {
  const operations = Object.entries(openApiPaths()).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'options')
      .map(([method, { summary = '', description = '', responses }]) => {
        const [, protocol = OWN, what] = /^(?:([^:]+): )?(.*)$/.exec(summary)!
        const about = [what!.charAt(0).toUpperCase() + what!.slice(1), ...(description ? [description] : [])].join('. ')
        const row = [
          `\`${method.toUpperCase()} ${path}\``,
          words(about.replaceAll('\n', ' ')),
          Object.keys(responses).join(' '),
        ]
        return { protocol, row }
      }),
  )
  return [...Map.groupBy(operations, ({ protocol }) => protocol)]
    .map(
      ([protocol, rows]) =>
        `## ${protocol}\n\n${markdownTable(
          ['request', 'what it does', 'statuses'].map(words),
          rows.map(({ row }) => row),
        )}`,
    )
    .join('\n\n')
}
