// The bytes of what a runner gets or gives.

import { readFile } from 'node:fs/promises'
import type { Content } from '@koutu/server'

export async function contentBytes(content: Content): Promise<Uint8Array> {
  return content instanceof Uint8Array ? content : readFile(content.path)
}
