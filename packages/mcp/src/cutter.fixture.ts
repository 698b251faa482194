// A cutter without a network: counts what it is asked, and waits where a test says so.

import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { KoutuError, type Report, throwIfAborted } from '@koutu/core'
import type { Cut, Cutter } from './ports.ts'

export interface FakeCutter extends Omit<Cutter, 'show'> {
  show: Cutter['show']
  /** Inputs in order: their bytes as text, or their address. */
  readonly asked: {
    readonly input: string
    readonly options: Readonly<Record<string, unknown>>
    readonly kept: object | null
  }[]
  /** Cutouts under way. */
  running: number
  /** While set, a cutout waits for it or for its signal. */
  gate: Promise<void> | null
  previewBytes: number
}

const REPORT: Report = {
  subject: true,
  box: { left: 1, top: 2, width: 3, height: 4 },
  coverage: 0.34,
  edgeSoftness: 0.1,
  touches: ['bottom'],
  subjects: [{ box: { left: 1, top: 2, width: 3, height: 4 }, share: 1, touches: ['bottom'], kept: true }],
  resultBox: { left: 1, top: 2, width: 3, height: 4 },
  fullSize: { width: 8, height: 6 },
  input: { width: 8, height: 6, format: 'jpeg' },
  engine: 'fake',
  model: 'fake',
  precision: 'fp32',
  refiner: 'matte',
  timingsMs: { segment: 1 },
  warnings: [],
}

export function createFakeCutter(): FakeCutter {
  const fake: FakeCutter = {
    asked: [],
    running: 0,
    gate: null,
    previewBytes: 1000,
    async cut(input, options, { signal, onEvent }, kept = null) {
      throwIfAborted(signal)
      fake.asked.push({
        input: input instanceof URL ? input.href : Buffer.from(input).toString('latin1'),
        options,
        kept,
      })
      if (!(input instanceof URL) && Buffer.from(input).includes('broken'))
        throw new KoutuError('IMAGE_CORRUPT', { detail: 'no image' })
      fake.running++
      try {
        onEvent?.({ type: 'stage', step: 'decode' })
        onEvent?.({ type: 'progress', fraction: 0.5 })
        const aborted = new Promise<void>((resolve) =>
          signal?.addEventListener('abort', () => resolve(), { once: true }),
        )
        if (fake.gate) await Promise.race([fake.gate, aborted])
        throwIfAborted(signal)
      } finally {
        fake.running--
      }
      const { format } = options
      const cut: Cut = {
        format,
        mimeType: `image/${format}`,
        width: 8,
        height: 6,
        report: REPORT,
        kept: { run: fake.asked.length },
        bytes: async () => Buffer.from(`cut ${format}`),
      }
      return cut
    },
    async preview(_image, maxSide) {
      return { bytes: new Uint8Array((fake.previewBytes * maxSide) / 768), mimeType: 'image/jpeg' }
    },
    async show(image) {
      return { bytes: image, mimeType: 'image/webp', width: 8, height: 6 }
    },
    async write(path, image) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, image)
    },
    async plan({ inputs, folder, format }) {
      const files: string[] = []
      for (const input of inputs) {
        if ((await stat(input)).isDirectory()) for (const name of await readdir(input)) files.push(join(input, name))
        else files.push(input)
      }
      const images = files.map((input) => ({
        input,
        output: join(
          folder ?? dirname(input),
          `${basename(input, extname(input))}.${folder ? '' : 'cutout.'}${format}`,
        ),
      }))
      return {
        total: images.length,
        missing: [],
        async *images() {
          yield* images
        },
      }
    },
    models: async () => [{ id: 'fake', about: 'None.', license: 'MIT', commercial: 'yes', installed: true }],
    warm: async () => {},
  }
  return fake
}
