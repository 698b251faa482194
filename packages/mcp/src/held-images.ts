// Images that came as bytes and have no path: of a data URL, or dropped into the view. They stay in memory under a handle, within
// one budget; the oldest go first.

import { randomUUID } from 'node:crypto'
import { KoutuError } from '@koutu/core'

interface HeldImage {
  readonly bytes: Uint8Array
  /** Of a file, without extension. */
  readonly name: string
}

export interface HeldImages {
  /** Returns the handle. Errors: IMAGE_TOO_MANY_BYTES. */
  add(bytes: Uint8Array, name: string, maxBytes?: number): string
  /** Another part of an image. Errors: HANDLE_UNKNOWN, IMAGE_TOO_MANY_BYTES; the image is gone then. */
  append(handle: string, bytes: Uint8Array, maxBytes: number): void
  /** Errors: HANDLE_UNKNOWN. */
  get(handle: string): HeldImage
}

export const HELD_PREFIX = 'image:'
const BUDGET_BYTES = 256 * 2 ** 20
const MAX_NAME_CHARACTERS = 80

interface Parts {
  readonly name: string
  readonly parts: Uint8Array[]
  size: number
}

export function createHeldImages(budgetBytes = BUDGET_BYTES): HeldImages {
  const images = new Map<string, Parts>()
  let total = 0
  const find = (handle: string): Parts => {
    const image = images.get(handle)
    if (!image)
      throw new KoutuError('HANDLE_UNKNOWN', { detail: `${handle.slice(0, 60)} is gone; give the image again` })
    return image
  }
  const drop = (handle: string) => {
    total -= images.get(handle)?.size ?? 0
    images.delete(handle)
  }
  const grow = (handle: string, bytes: Uint8Array, maxBytes: number) => {
    const image = find(handle)
    const limit = Math.min(maxBytes, budgetBytes)
    if (image.size + bytes.length > limit) {
      drop(handle)
      throw new KoutuError('IMAGE_TOO_MANY_BYTES', { detail: `expected at most ${limit} bytes`, data: { limit } })
    }
    image.parts.push(bytes)
    image.size += bytes.length
    total += bytes.length
    for (const [oldest] of images) {
      if (total <= budgetBytes) break
      if (oldest !== handle) drop(oldest)
    }
  }
  return {
    add(bytes, name, maxBytes = budgetBytes) {
      const handle = `${HELD_PREFIX}${randomUUID()}`
      images.set(handle, { name: plainName(name), parts: [], size: 0 })
      grow(handle, bytes, maxBytes)
      return handle
    },
    append: grow,
    get(handle) {
      const { name, parts } = find(handle)
      if (parts.length > 1) parts.splice(0, parts.length, Buffer.concat(parts))
      return { bytes: parts[0]!, name }
    },
  }
}

/** Part of a file name, whatever somebody sent: no folder, no hidden file, no extension. */
export function plainName(name: string): string {
  const last = name.split(/[/\\]/).at(-1)!
  const stem = last.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}._-]+/gu, '_')
  return stem.replace(/^\.+/, '').slice(0, MAX_NAME_CHARACTERS) || 'image'
}
