// A batch that goes on between calls: its counts, and the first failures.

import { toKoutuError } from '@koutu/core'
import { claimFile, writeInside } from './files.ts'
import { readOptions } from './options.ts'
import type { PlannedImage } from './ports.ts'
import type { Call } from './tool.ts'

export interface BatchRequest {
  readonly inputs: readonly string[]
  readonly folder: string | null
  readonly overwrite: boolean
  readonly values: Readonly<Record<string, unknown>>
}

interface BatchCounts {
  readonly state: 'running' | 'done' | 'canceled'
  readonly total: number
  readonly done: number
  readonly skipped: number
  readonly failed: number
  /** The first ones. */
  readonly failures: readonly { readonly input: string; readonly code: string; readonly message: string }[]
}

export interface BatchRun {
  counts(): BatchCounts
  /** Resolves when all is done. */
  readonly ended: Promise<void>
  cancel(): void
  /** Called after each image. */
  onChange(listener: () => void): Disposable
}

const MAX_FAILURES = 20
/** The remover keeps the processors busy with so many at once. */
const AT_ONCE = 2

/** Errors: those that concern all images, and that of the first input where none can be read. */
export async function startBatch(request: BatchRequest, call: Omit<Call, 'signal' | 'progress'>): Promise<BatchRun> {
  const { cutter, folders } = call
  const options = await readOptions(request.values, { keep: [], erase: [] }, call)
  const folder = request.folder === null ? null : await folders.writable(request.folder)
  const { inputs, refused } = await readableOf(request.inputs, folders)
  const plan = await cutter.plan({ inputs, folder, format: options.format })

  const stop = new AbortController()
  const listeners = new Set<() => void>()
  const failures: { input: string; code: string; message: string }[] = []
  const counts = { done: 0, skipped: 0, failed: 0 }
  let state: BatchCounts['state'] = 'running'
  const settle = (outcome: keyof typeof counts) => {
    counts[outcome]++
    for (const listener of listeners) listener()
  }
  const fail = (input: string, error: unknown) => {
    const { code, message } = toKoutuError(error)
    if (failures.length < MAX_FAILURES) failures.push({ input, code, message: message.slice(0, 300) })
    settle('failed')
  }
  const runOne = async ({ input, output }: PlannedImage) => {
    const path = await folders.writable(output)
    await using claim = await claimFile(path, request.overwrite)
    const bytes = await folders.read(input, options.maxBytes)
    const cut = await cutter.cut(bytes, options, { signal: stop.signal })
    const image = await cut.bytes()
    stop.signal.throwIfAborted()
    await writeInside(path, image, { cutter, folders, format: cut.format })
    claim.keep()
  }
  const work = async (images: AsyncIterator<PlannedImage>) => {
    while (!stop.signal.aborted) {
      const next = await images.next()
      if (next.done) return
      try {
        await runOne(next.value)
        settle('done')
      } catch (error) {
        if (stop.signal.aborted) return
        if (toKoutuError(error).code === 'OUTPUT_EXISTS') settle('skipped')
        else fail(next.value.input, error)
      }
    }
  }
  const missing = [...refused, ...plan.missing]
  for (const { input, error } of missing) fail(input, error)
  const images = plan.images()[Symbol.asyncIterator]()
  const ended = Promise.all(Array.from({ length: AT_ONCE }, () => work(images)))
    .catch((error: unknown) => fail('the list of images', error))
    .then(() => {
      state = stop.signal.aborted ? 'canceled' : 'done'
    })
  return {
    counts: () => ({ state, total: plan.total + missing.length, ...counts, failures }),
    ended,
    cancel: () => stop.abort(),
    onChange(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => listeners.delete(listener) }
    },
  }
}

/** One input that cannot be read does not stop the others. */
async function readableOf(paths: readonly string[], folders: Call['folders']) {
  const inputs: string[] = []
  const refused: { readonly input: string; readonly error: unknown }[] = []
  for (const input of paths) {
    try {
      inputs.push(await folders.readable(input))
    } catch (error) {
      refused.push({ input, error })
    }
  }
  if (inputs.length === 0) throw refused[0]!.error
  return { inputs, refused }
}
