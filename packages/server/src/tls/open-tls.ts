// TLS certificate and key of a server: files, or a self-signed pair kept in the data folder.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invalidOptions } from '@koutu/core'
import type { TlsFiles } from '../http/listen.ts'

export type TlsSettings =
  /** Paths. */
  | { readonly type: 'files'; readonly certificate: string; readonly key: string }
  /** For these names and addresses, beside those of this machine. */
  | { readonly type: 'self-signed'; readonly names: readonly string[] }

/** Errors: INVALID_OPTIONS for a file that cannot be read, STORAGE_FAILED. */
export async function openTls(settings: TlsSettings, dataFolder: string): Promise<TlsFiles> {
  if (settings.type === 'self-signed') {
    // Making certificates takes a library that most servers do without.
    const { keptCertificate } = await import('./self-signed.ts')
    return keptCertificate(join(dataFolder, 'tls'), settings.names, Date.now())
  }
  const [certificate, key] = await Promise.all([
    readPem('--tls-cert', settings.certificate),
    readPem('--tls-key', settings.key),
  ])
  return { certificate, key }
}

async function readPem(flag: string, path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw invalidOptions([{ path: flag, message: `Expected a file that can be read but received ${error.code}` }])
  })
  if (!text.includes('-----BEGIN ')) throw invalidOptions([{ path: flag, message: 'Expected a file in PEM form' }])
  return text
}
