// Certificates: made for the names asked for, kept while they are good, and the operator's own.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isKoutuError } from '@koutu/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../http/listen.ts'
import { openTls } from './open-tls.ts'
import { keptCertificate } from './self-signed.ts'

const NOW = Date.UTC(2026, 10, 25)
const DAY = 86_400_000
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-tls-'))
})
afterEach(() => rm(folder, { recursive: true }))

const messageOf = (error: unknown) => (isKoutuError(error) ? `${error.code}: ${error.message}` : error)

describe('a self-signed certificate', () => {
  it('is for this machine and the names asked for, and its key is the owner’s alone', async () => {
    const place = join(folder, 'data', 'tls')
    const { certificate, key } = await keptCertificate(place, ['jimeng.jianying.com', '10.0.0.7'], NOW)
    const parsed = new X509Certificate(certificate)
    for (const name of ['localhost', 'jimeng.jianying.com']) expect(parsed.checkHost(name)).toBe(name)
    for (const address of ['127.0.0.1', '::1', '10.0.0.7']) expect(parsed.checkIP(address)).toBeTruthy()
    expect(parsed.checkHost('example.org')).toBeUndefined()
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(parsed.verify(parsed.publicKey)).toBe(true)
    expect(parsed.ca).toBe(false)
    expect(parsed.validFromDate.getTime()).toBeLessThan(NOW)
    // More than Apple's systems accept would be refused there.
    expect(parsed.validToDate.getTime() - parsed.validFromDate.getTime()).toBe(825 * DAY)
    expect((await stat(join(place, 'key.pem'))).mode & 0o777).toBe(0o600)
    expect((await readdir(place)).sort()).toEqual(['certificate.pem', 'key.pem'])
  })

  it('is kept for the same names and for fewer, and replaced for more, near its end, and when a file is broken', async () => {
    const make = (names: readonly string[], nowMs = NOW) => keptCertificate(folder, names, nowMs)
    const first = await make(['a.example', 'b.example'])
    expect(await make(['b.example'])).toEqual(first)
    expect(await make([], NOW + 700 * DAY)).toEqual(first)
    const more = await make(['c.example'])
    expect(more.certificate).not.toBe(first.certificate)
    const renewed = await make(['c.example'], NOW + 800 * DAY)
    expect(renewed.certificate).not.toBe(more.certificate)
    await writeFile(join(folder, 'key.pem'), first.key)
    expect((await make(['c.example'], NOW + 800 * DAY)).certificate).not.toBe(renewed.certificate)
    await writeFile(join(folder, 'certificate.pem'), 'rubbish')
    expect((await make([])).certificate).toContain('BEGIN CERTIFICATE')
  })
})

describe('a certificate of the operator’s', () => {
  it('is read from files that are there and are PEM', async () => {
    const made = await keptCertificate(folder, [], NOW)
    const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
    expect(await openTls({ type: 'files', certificate, key }, folder)).toEqual(made)
    const missing = openTls({ type: 'files', certificate: join(folder, 'none.pem'), key }, folder)
    expect(await missing.catch(messageOf)).toMatch(/^INVALID_OPTIONS: .*--tls-cert.*ENOENT/s)
    await writeFile(key, 'no key')
    const broken = openTls({ type: 'files', certificate, key }, folder)
    expect(await broken.catch(messageOf)).toMatch(/^INVALID_OPTIONS: .*--tls-key.*PEM/s)
  })

  it('must belong to its key', async () => {
    const { certificate } = await keptCertificate(join(folder, 'a'), [], NOW)
    const { key } = await keptCertificate(join(folder, 'b'), [], NOW)
    const app = { fetch: () => new Response() }
    const settings = { host: '127.0.0.1', port: 0, requestTimeoutMs: 1000, tls: { certificate, key } }
    expect(await listen(app.fetch, settings).catch(messageOf)).toMatch(/^INVALID_OPTIONS: .*--tls-cert/s)
  })
})
