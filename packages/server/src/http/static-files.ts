// A folder of built files as responses: each may lie there compressed as well (`NAME.br`, `NAME.gz`), and names with a hash never
// change. The folder is listed once; nothing outside of it can be named.

import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { AppContext } from './route.ts'

export interface StaticFiles {
  /** Null for a name that is not there. `headers` come on top of type, length, encoding and cache. */
  respond(c: AppContext, name: string, headers: Readonly<Record<string, string>>): Promise<Response | null>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
}
/** As Vite writes it: a hyphen and eight letters before the extension. */
const HASHED = /-[\w-]{8}\.\w+$/
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/** Null where there is no such folder. */
export function openStaticFiles(folder: string): StaticFiles | null {
  const names = listFiles(folder)
  if (!names) return null
  return {
    async respond(c, name, more) {
      const type = TYPES[extname(name)]
      if (!names.has(name) || type === undefined) return null
      const [encoding, suffix] = ENCODINGS.find(
        ([coding, suffix]) => names.has(name + suffix) && accepts(c.req.header('accept-encoding'), coding),
      ) ?? [null, '']
      const body = await readFile(join(folder, name + suffix))
      const headers = new Headers({
        'content-type': type,
        'content-length': String(body.length),
        'cache-control': HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'accept-encoding',
        'x-content-type-options': 'nosniff',
        ...more,
      })
      if (encoding) headers.set('content-encoding', encoding)
      return new Response(c.req.method === 'HEAD' ? null : body, { headers })
    },
  }
}

function listFiles(folder: string): ReadonlySet<string> | null {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    return new Set(
      files.map(({ parentPath, name }) =>
        join(parentPath, name)
          .slice(folder.length + 1)
          .replaceAll('\\', '/'),
      ),
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Whether `Accept-Encoding` (RFC 9110, 12.5.3) lists a coding with a weight above 0. */
function accepts(header: string | undefined, coding: string): boolean {
  return (header ?? '').split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
