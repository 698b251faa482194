// Koutu's library in Node: the alpha of each image, as little-endian float32 in a file.

import { writeFile } from 'node:fs/promises'
import { createRemover, type Options } from 'koutu'

export interface AlphaRequest {
  readonly options: Options
  readonly images: readonly { readonly path: string; readonly target: string }[]
}

const { options, images } = JSON.parse(process.argv[2]!) as AlphaRequest
const remover = await createRemover(options)
for (const { path, target } of images) {
  const { alpha } = await remover.remove(path)
  await writeFile(target, new Uint8Array(alpha.data.buffer, alpha.data.byteOffset, alpha.data.byteLength))
}
await remover[Symbol.asyncDispose]()
