// Creates and keeps a self-signed certificate, so that clients have to trust it only once.

import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import { KoutuError, makeFolder } from '@koutu/core'
import { generate } from 'selfsigned'
import type { TlsFiles } from '../http/listen.ts'

const OWN_NAMES = ['localhost', '127.0.0.1', '::1'] as const
const DAY_MS = 86_400_000
/** The longest that Apple's systems accept. */
const LIFE_MS = 825 * DAY_MS
/** With less left than this, a start makes another. */
const RENEWAL_MS = 30 * DAY_MS

/** The pair in the folder where it is good for these names, else a new one. Errors: STORAGE_FAILED. */
export async function keptCertificate(folder: string, names: readonly string[], nowMs: number): Promise<TlsFiles> {
  const [certificatePath, keyPath] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const wanted = [...new Set([...OWN_NAMES, ...names])]
  const read = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null)
  const [certificate, key] = await Promise.all([read(certificatePath), read(keyPath)])
  if (certificate && key && isGood(certificate, key, wanted, nowMs)) return { certificate, key }
  const made = await makeCertificate(wanted, nowMs)
  try {
    await makeFolder(folder, { mkdir, stat, dirname }, 0o700)
    await replaceFile(keyPath, made.key, 0o600)
    await replaceFile(certificatePath, made.certificate, 0o644)
  } catch (error) {
    throw new KoutuError('STORAGE_FAILED', { detail: 'the certificate could not be stored', cause: error })
  }
  return made
}

function isGood(certificate: string, key: string, names: readonly string[], nowMs: number): boolean {
  try {
    const parsed = new X509Certificate(certificate)
    const isFor = (name: string) =>
      isIP(name) > 0 ? parsed.checkIP(name) !== undefined : parsed.checkHost(name) !== undefined
    return (
      parsed.validToDate.getTime() - nowMs > RENEWAL_MS &&
      parsed.checkPrivateKey(createPrivateKey(key)) &&
      names.every(isFor)
    )
  } catch {
    return false
  }
}

async function makeCertificate(names: readonly string[], nowMs: number): Promise<TlsFiles> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'koutu' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // An hour back, for clients whose clock is behind.
    notBeforeDate: new Date(nowMs - 3_600_000),
    notAfterDate: new Date(nowMs - 3_600_000 + LIFE_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        // RFC 5280, 4.2.1.6: 2 is a name, 7 an address.
        altNames: names.map((name) => (isIP(name) > 0 ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  })
  return { certificate: cert, key }
}

/** The mode holds from the first byte on. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`
  await writeFile(unfinished, text, { mode, flag: 'wx' })
  await rename(unfinished, path)
}
