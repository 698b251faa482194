// A static web server on loopback: folders under paths, with the headers that a host would set. Remembers what was asked of it.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { PassThrough, pipeline, type Transform } from 'node:stream'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

export const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

export interface SiteOptions {
  /** Folders by the path under which they are served, with slashes around. */
  readonly folders: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Answers a request instead, where it returns true. */
  readonly intercept?: (path: string, request: IncomingMessage, response: ServerResponse) => boolean
  /** What the bytes of a file go through, such as a slow line. */
  readonly through?: () => Transform
}

export interface Site extends AsyncDisposable {
  /** With a slash at its end. */
  readonly origin: string
  readonly requests: string[]
}

export async function openSite(options: SiteOptions): Promise<Site> {
  const { folders, headers = {}, intercept = () => false, through = () => new PassThrough() } = options
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://site').pathname)
    requests.push(path)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    if (intercept(path, request, response)) return
    const file = await fileOf(folders, path)
    if (!file) {
      response.writeHead(404).end()
      return
    }
    send(file, request, response, through())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Found {
  readonly path: string
  readonly bytes: number
}

async function fileOf(folders: SiteOptions['folders'], path: string): Promise<Found | null> {
  const mounts = Object.keys(folders).filter((mount) => path.startsWith(mount))
  const mount = mounts.sort((a, b) => b.length - a.length)[0]
  if (mount === undefined) return null
  const inside = normalize(path.slice(mount.length) || 'index.html')
  const found = join(folders[mount]!, inside.endsWith('/') ? `${inside}index.html` : inside)
  const info = await stat(found).catch(() => null)
  return info?.isFile() ? { path: found, bytes: info.size } : null
}

function send({ path, bytes }: Found, request: IncomingMessage, response: ServerResponse, through: Transform): void {
  const type = TYPES[extname(path)] ?? 'application/octet-stream'
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
  const start = range ? Number(range[1]) : 0
  response.writeHead(range ? 206 : 200, {
    'content-type': type,
    'content-length': bytes - start,
    'accept-ranges': 'bytes',
    ...(range ? { 'content-range': `bytes ${start}-${bytes - 1}/${bytes}` } : {}),
  })
  // A browser that has gone away is no error here, before or after.
  if (response.destroyed) return
  pipeline(createReadStream(path, { start }), through, response, () => {})
}
