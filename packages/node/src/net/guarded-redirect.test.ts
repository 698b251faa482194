// Redirects from an allowed address to a forbidden one. 127.0.0.1 plays the public address here, so that a real server
// can stand on both sides of the wall.

import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetchBytes, postText, type Resolve } from './guarded-fetch.ts'

vi.mock('./public-address.ts', () => ({ isPublicAddress: (address: string) => address === '127.0.0.1' }))

let server: Server
let port: number
let hosts: string[]
let handle: (response: ServerResponse) => void

beforeEach(async () => {
  hosts = []
  server = createServer((request, response) => {
    hosts.push(request.headers.host!)
    if (request.url === '/start') handle(response)
    else response.end('inside')
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  port = (server.address() as AddressInfo).port
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const resolve: Resolve = async (name) => [{ address: name === 'public.test' ? '127.0.0.1' : '127.0.0.2', family: 4 }]
const fetchStart = (allowPrivate: boolean) =>
  fetchBytes(`http://public.test:${port}/start`, {
    maxBytes: 100,
    timeoutMs: 10_000,
    maxRedirects: 3,
    allowPrivate,
    resolve,
  })

it.each(['http://127.0.0.2:PORT/', 'http://private.test:PORT/', 'http://0x7f.2:PORT/', '//127.0.0.2:PORT/'])(
  'refuses a redirect to %s, and follows it where private addresses are allowed',
  async (target) => {
    handle = (response) => response.writeHead(302, { location: target.replace('PORT', String(port)) }).end()
    await expect(fetchStart(false)).rejects.toMatchObject({ code: 'URL_REFUSED' })
    expect(hosts).toEqual([`public.test:${port}`])
    expect(Buffer.from(await fetchStart(true)).toString()).toBe('inside')
  },
)

it('follows a redirect to an allowed address', async () => {
  handle = (response) => response.writeHead(302, { location: '/end' }).end()
  expect(Buffer.from(await fetchStart(false)).toString()).toBe('inside')
})

describe('postText', () => {
  const post = (url: string) =>
    postText(url.replace('PORT', String(port)), 'hello', {
      headers: {},
      timeoutMs: 10_000,
      allowPrivate: false,
      resolve,
    })

  it('says the status, and follows no redirect', async () => {
    handle = (response) => response.writeHead(302, { location: 'http://127.0.0.2/' }).end()
    expect(await post('http://public.test:PORT/start')).toEqual({ status: 302 })
    expect(await post('http://public.test:PORT/end')).toEqual({ status: 200 })
    expect(hosts).toHaveLength(2)
  })

  it.each(['http://127.0.0.2:PORT/', 'http://private.test:PORT/', 'http://0x7f.2:PORT/', 'ftp://public.test/', 'x'])(
    'refuses %s',
    async (url) => {
      await expect(post(url)).rejects.toMatchObject({ code: 'URL_REFUSED' })
      expect(hosts).toEqual([])
    },
  )
})
