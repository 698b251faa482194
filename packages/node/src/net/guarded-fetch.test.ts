// The URL guard against real local servers, lying resolvers and every notation of a private address.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { displayUrl } from './display-url.ts'
import { type FetchLimits, fetchBytes, type Resolve } from './guarded-fetch.ts'
import { isPublicAddress } from './public-address.ts'

let server: Server
let port: number
let hits: IncomingMessage[]
let handle: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  hits = []
  handle = (_request, response) => response.end('photo')
  server = createServer((request, response) => {
    hits.push(request)
    handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const LIMITS: FetchLimits = { maxBytes: 1000, timeoutMs: 10_000, maxRedirects: 3, allowPrivate: true }
const GUARDED: FetchLimits = { ...LIMITS, allowPrivate: false }
const to =
  (address: string): Resolve =>
  async () => [{ address, family: address.includes(':') ? 6 : 4 }]
const at = (path = '/') => `http://127.0.0.1:${port}${path}`

describe('fetchBytes', () => {
  it('fetches bytes', async () => {
    expect(Buffer.from(await fetchBytes(at('/a?b=c'), LIMITS)).toString()).toBe('photo')
    expect(hits[0]!.url).toBe('/a?b=c')
    expect(hits[0]!.headers['user-agent']).toMatch(/^koutu\b/)
  })

  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.0.0.1.',
    '0.0.0.0',
    '0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[fec0::1]',
    '[ff02::1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::a00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[2001:db8::1]',
    '127。0。0。1',
    'localhost',
  ])('refuses %s before connecting', async (host) => {
    await expect(fetchBytes(`http://${host}:${port}/`, GUARDED)).rejects.toMatchObject({ code: 'URL_REFUSED' })
    expect(hits).toEqual([])
  })

  it.each(['file:///etc/passwd', 'ftp://example.org/', 'data:image/png;base64,AA', 'gopher://x/', 'no url', ''])(
    'refuses %s',
    async (url) => {
      await expect(fetchBytes(url, LIMITS)).rejects.toMatchObject({ code: 'URL_REFUSED' })
    },
  )

  it('refuses a name when any of its addresses is private', async () => {
    const resolve: Resolve = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    await expect(fetchBytes(`http://two.test:${port}/`, { ...GUARDED, resolve })).rejects.toMatchObject({
      code: 'URL_REFUSED',
    })
    await expect(
      fetchBytes(`http://six.test:${port}/`, { ...GUARDED, resolve: to('::ffff:127.0.0.1') }),
    ).rejects.toMatchObject({ code: 'URL_REFUSED' })
    expect(hits).toEqual([])
  })

  it('connects to the very address that was checked: a name that rebinds is asked once per connection', async () => {
    const answers = ['127.0.0.1', '10.0.0.1']
    let asked = 0
    const resolve: Resolve = async () => [{ address: answers[asked++]!, family: 4 }]
    await fetchBytes(`http://rebind.test:${port}/`, { ...LIMITS, resolve })
    expect(asked).toBe(1)
    asked = 1
    await expect(fetchBytes(`http://rebind.test:${port}/`, { ...GUARDED, resolve })).rejects.toMatchObject({
      code: 'URL_REFUSED',
    })
  })

  it('resolves again for a redirect to another name, and checks that too', async () => {
    handle = (request, response) =>
      request.url === '/start' ? response.writeHead(302, { location: '/end' }).end() : response.end('x')
    const names: string[] = []
    const resolve: Resolve = async (name) => {
      names.push(name)
      return [{ address: '127.0.0.1', family: 4 }]
    }
    await fetchBytes(`http://a.test:${port}/start`, { ...LIMITS, resolve })
    expect(new Set(names)).toEqual(new Set(['a.test']))
    handle = (_request, response) => response.writeHead(301, { location: 'ftp://a.test/' }).end()
    await expect(fetchBytes(at(), LIMITS)).rejects.toMatchObject({ code: 'URL_REFUSED' })
  })

  it('counts redirects, and takes one without an address for a failure', async () => {
    handle = (request, response) => {
      const left = Number(request.url!.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(308, { location: `/${left - 1}` }).end()
    }
    expect(Buffer.from(await fetchBytes(at('/3'), LIMITS)).toString()).toBe('there')
    await expect(fetchBytes(at('/4'), LIMITS)).rejects.toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringContaining('more than 3 redirects'),
    })
    handle = (_request, response) => response.writeHead(302).end()
    await expect(fetchBytes(at(), LIMITS)).rejects.toMatchObject({ code: 'FETCH_FAILED' })
  })

  it('counts bytes, announced or not', async () => {
    handle = (_request, response) => response.end(Buffer.alloc(1000))
    expect(await fetchBytes(at(), LIMITS)).toHaveLength(1000)
    const tooMany = { code: 'IMAGE_TOO_MANY_BYTES', data: { limit: 1000 } }
    handle = (_request, response) => response.end(Buffer.alloc(1001))
    await expect(fetchBytes(at(), LIMITS)).rejects.toMatchObject(tooMany)
    handle = (_request, response) => response.writeHead(200, { 'content-length': '9'.repeat(15) }).write('x')
    await expect(fetchBytes(at(), LIMITS)).rejects.toMatchObject(tooMany)
    let isClosed = false
    handle = (_request, response) => {
      response.on('close', () => {
        isClosed = true
      })
      const pour = () => !response.destroyed && response.write(Buffer.alloc(5000), () => setImmediate(pour))
      pour()
    }
    await expect(fetchBytes(at(), LIMITS)).rejects.toMatchObject(tooMany)
    await expect.poll(() => isClosed).toBe(true)
  })

  it('puts pieces of every size together', async () => {
    const data = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 7) % 251))
    handle = (_request, response) => {
      for (let from = 0, step = 1; from < data.length; from += step, step = step * 2 + 1) {
        response.write(data.subarray(from, from + step))
      }
      response.end()
    }
    expect(data.equals(await fetchBytes(at(), { ...LIMITS, maxBytes: data.length }))).toBe(true)
    await expect(fetchBytes(at(), { ...LIMITS, maxBytes: data.length - 1 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_MANY_BYTES',
    })
  })

  it('does not believe a Content-Length that promises more than comes', async () => {
    handle = (_request, response) => {
      response.writeHead(200, { 'content-length': '900' })
      response.write('x', () => response.destroy())
    }
    await expect(fetchBytes(at(), LIMITS)).rejects.toMatchObject({ code: 'FETCH_FAILED' })
  })

  it('refuses compressed bytes', async () => {
    handle = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
    await expect(fetchBytes(at(), LIMITS)).rejects.toMatchObject({ code: 'FETCH_FAILED' })
    expect(hits[0]!.headers['accept-encoding']).toBe('identity')
  })

  it('gives up in time, whether the server is silent, slow, or the name is', async () => {
    const hurried = { ...LIMITS, timeoutMs: 100 }
    const timeout = { code: 'FETCH_TIMEOUT' }
    handle = () => {}
    await expect(fetchBytes(at(), hurried)).rejects.toMatchObject(timeout)
    handle = (_request, response) => {
      const drip = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(drip))
    }
    await expect(fetchBytes(at(), hurried)).rejects.toMatchObject(timeout)
    handle = (_request, response) => void setTimeout(() => response.writeHead(302, { location: '/' }).end(), 20)
    await expect(fetchBytes(at(), { ...hurried, maxRedirects: 1000 })).rejects.toMatchObject(timeout)
    const resolve: Resolve = () => new Promise(() => {})
    await expect(fetchBytes('http://slow.test/', { ...hurried, resolve })).rejects.toMatchObject(timeout)
  })

  it('stops when told to', async () => {
    const controller = new AbortController()
    handle = () => controller.abort()
    const { signal } = controller
    await expect(fetchBytes(at(), { ...LIMITS, signal })).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(fetchBytes(at(), { ...LIMITS, signal })).rejects.toMatchObject({ code: 'ABORTED' })
    expect(hits).toHaveLength(1)
  })

  it('says what failed without credentials or queries', async () => {
    const secret = `http://ann:hunter2@127.0.0.1:${port}/p?token=hunter3#hunter4`
    handle = (_request, response) => response.writeHead(500).end()
    const errors = [
      await fetchBytes(secret, LIMITS).catch((error: unknown) => error),
      await fetchBytes(secret, GUARDED).catch((error: unknown) => error),
      await fetchBytes(secret.replace(String(port), '1'), LIMITS).catch((error: unknown) => error),
      await fetchBytes('http://ann:hunter2@[/?token=hunter3', LIMITS).catch((error: unknown) => error),
    ]
    expect(errors.map((error) => (error as { code: string }).code)).toEqual([
      'FETCH_FAILED',
      'URL_REFUSED',
      'FETCH_FAILED',
      'URL_REFUSED',
    ])
    for (const error of errors) expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/hunter|token|ann/)
    expect(String(errors[0])).toContain('answered 500')
  })

  it('sends credentials to the origin of the URL only', async () => {
    handle = (request, response) =>
      request.url === '/' ? response.writeHead(302, { location: `http://b.test:${port}/end` }).end() : response.end('x')
    await fetchBytes(`http://ann:pass@a.test:${port}/`, { ...LIMITS, resolve: to('127.0.0.1') })
    expect(hits.map((hit) => hit.headers.authorization)).toEqual([
      `Basic ${Buffer.from('ann:pass').toString('base64')}`,
      undefined,
    ])
  })
})

describe('isPublicAddress', () => {
  it('lets public addresses through', () => {
    for (const address of ['93.184.215.14', '8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450::1']) {
      expect(isPublicAddress(address)).toBe(true)
    }
  })

  it('never lets IPv4 inside IPv6 through, whatever it is', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const form of [`::ffff:${address}`, `::${address}`, `64:ff9b::${address}`, `::ffff:0:${address}`]) {
          expect(isPublicAddress(form)).toBe(false)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('takes no text for an address', () => {
    for (const text of ['', 'localhost', '1.2.3.4.5', 'fe80::1%eth0', '8.8.8.8/0']) {
      expect(isPublicAddress(text)).toBe(false)
    }
  })
})

describe('displayUrl', () => {
  it('keeps scheme, host and path', () => {
    expect(displayUrl('https://u:p@example.org:8443/a/b?x=y#z')).toBe('https://example.org:8443/a/b')
    expect(displayUrl('secret')).toBe('(not a URL)')
  })
})
