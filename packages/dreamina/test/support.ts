// What the tests of this package share: drawn images, a journal in memory, a clock that sleeps at once, clients of the fake.

import { type Codec, isKoutuError, type KoutuError, type Picture, type Plane } from '@koutu/core'
import { type DreaminaFake, decodePng, encodePng } from '@koutu/testing'
import { createDreaminaClient, type DreaminaClient } from '../src/client/client.ts'
import type { DreaminaConfig, DreaminaPorts } from '../src/client/config.ts'
import type { Journal, JournalEntry } from '../src/client/journal.ts'

/** Red disc on blue: the fake's threshold cuts out the disc. RGB. */
export function drawDisc(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = Math.hypot(x + 0.5 - width / 2, y + 0.5 - height / 2) < Math.min(width, height) / 3
      data.set(inside ? [230, 40, 30] : [20, 60, 200], (y * width + x) * 3)
    }
  }
  return encodePng({ width, height, channels: 3, data })
}

export interface MemoryJournal extends Journal {
  /** Every entry ever put, oldest first. */
  readonly history: readonly JournalEntry[]
}

export function memoryJournal(): MemoryJournal {
  const entries = new Map<string, JournalEntry>()
  const history: JournalEntry[] = []
  return {
    history,
    async put(entry) {
      history.push(entry)
      entries.set(entry.submitId, entry)
    },
    get: async (submitId) => entries.get(submitId) ?? null,
    ofInput: async (hash) => [...entries.values()].filter((entry) => entry.inputSha256 === hash),
    list: async () => [...entries.values()],
    async remove(submitId) {
      entries.delete(submitId)
    },
  }
}

export interface FastPorts extends Partial<DreaminaPorts> {
  readonly sleeps: number[]
}

/** Sleeping takes no time and moves the clock. */
export function fastPorts(): FastPorts {
  const sleeps: number[] = []
  let slept = 0
  return {
    sleeps,
    nowMs: () => Date.now() + slept,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      sleeps.push(ms)
      slept += ms
    },
  }
}

export function clientFor(fake: DreaminaFake, config: Partial<DreaminaConfig> = {}): DreaminaClient {
  return createDreaminaClient({
    sessionId: fake.sessionId,
    endpoints: { api: fake.origin },
    ports: fastPorts(),
    ...config,
  })
}

/** The KoutuError a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<KoutuError> {
  const outcome = await promise.then(
    () => new Error('expected a rejection but it resolved'),
    (error: unknown) => error,
  )
  if (!isKoutuError(outcome)) throw outcome
  return outcome
}

/** A codec of the fake's PNG kind, for the engine. */
export const pngCodec: Pick<Codec, 'decode' | 'encode' | 'id' | 'cover' | 'blur'> = {
  id: 'png',
  async decode(bytes): Promise<Picture> {
    const { width, height, channels, data } = decodePng(bytes)
    const rgb = new Uint8Array(width * height * 3)
    const alpha: Plane = { width, height, data: new Float32Array(width * height).fill(1) }
    for (let i = 0; i < width * height; i++) {
      rgb.set(data.subarray(i * channels, i * channels + 3), i * 3)
      if (channels === 4) alpha.data[i] = data[i * channels + 3]! / 255
    }
    const raster = { width, height, channels: 3, alpha: 'none', data: rgb } as const
    return {
      width,
      height,
      color: raster,
      srgb: raster,
      alpha: alpha.data.every((value) => value === 1) ? null : alpha,
      format: 'png',
      icc: null,
      metadata: { exif: null, xmp: null },
      warnings: [],
    }
  },
  async encode({ width, height, data }) {
    return encodePng({ width, height, channels: 3, data: data as Uint8Array })
  },
  cover: () => Promise.reject(new Error('not used')),
  blur: () => Promise.reject(new Error('not used')),
}
