// How much memory there is, and returning garbage at once where there is little. Loads nothing large.

import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface Memory {
  /** What this process and its children may use: of the container where it has a limit, else of the machine. */
  readonly bytes: number
  readonly isLimited: boolean
}

/** With less than this, memory counts more than time. */
const SCARCE_BYTES = 2 * 2 ** 30

/** `constrained` is 0 where the system cannot tell, and more than there is where nothing limits it. */
export function readMemory(total: number = totalmem(), constrained: number = process.constrainedMemory()): Memory {
  const isLimited = constrained > 0 && constrained < total
  return { bytes: isLimited ? constrained : total, isLimited }
}

/** Of the machine, in bytes. 0 where there is none and on systems other than Linux. */
export function readSwap(): number {
  try {
    const [, kilobytes = '0'] = /^SwapTotal:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
    return Number(kilobytes) * 1024
  } catch {
    return 0
  }
}

/**
 * Pixel buffers of one image of some 12 megapixels, beside the memory that kernels keep from image to image. A collection takes a
 * hundredth of the time that such an image does.
 */
const LARGE_BYTES = 2 ** 27 + 96e6

type Collect = (options?: { readonly type: 'minor' }) => void

let isScarce: boolean | undefined
/** Null where the runtime gives none. */
let collect: Collect | null | undefined

/** Whether memory counts more than time. */
export function isMemoryScarce(): boolean {
  isScarce ??= readMemory().bytes < SCARCE_BYTES
  return isScarce
}

/**
 * Collects the garbage of this thread once the caller has returned, as its images are in use until then: where memory is scarce, and
 * after large images. V8 would leave pixel buffers to be collected some time later, beside the next image's.
 */
export function collectGarbageIfLarge(): void {
  // `arrayBuffers` knows neither what native code made nor what came from another thread.
  if (isMemoryScarce() || process.memoryUsage().external >= LARGE_BYTES) collectSoon()
}

/**
 * The same after each call of a thread that works on one image at a time: all that is young is garbage then, and found in a
 * millisecond. V8 would let buffers of 60 MB pile up, whatever the size of the images.
 */
export function collectYoungGarbage(): void {
  if (isMemoryScarce()) collectSoon()
  else collectSoon({ type: 'minor' })
}

function collectSoon(options?: Parameters<Collect>[0]): void {
  setImmediate(() => {
    if (collect === undefined) collect = exposeCollector()
    collect?.(options)
  })
}

/** Bun takes the flag and has no `gc` for it. */
function exposeCollector(): Collect | null {
  setFlagsFromString('--expose-gc')
  return runInNewContext('typeof gc === "function" ? gc : null') as Collect | null
}
