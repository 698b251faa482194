// Rows of a PNG made ready for compression, strip by strip from the top.

import type { InstancePool } from './instance-pool.ts'
import { createTypescriptRowFilter } from './typescript-row-filter.ts'

export interface RowFilterSettings {
  readonly rowBytes: number
  /** Bytes of a pixel. */
  readonly pixelBytes: number
  readonly mostRows: number
  /** Whether each row gets the filter that suits it, or none. */
  readonly choosesFilters: boolean
}

export interface RowFilter {
  /** The next strip of whole rows into `into`, each row after the number of its filter: what of `into` is written. */
  next(rows: Uint8Array | Uint16Array, into: Uint8Array): Uint8Array
  /** Of all that was given out so far. */
  adler32(): number
  /** Hands the memory back. Nothing may be called after it. */
  release(): void
}

/** Bytes that the kernels may touch behind the rows. */
const BEHIND = 16

/** In WebAssembly, or without the kernels in TypeScript: the same bytes. */
export function createRowFilter(pool: InstancePool | null, settings: RowFilterSettings): RowFilter {
  return pool ? createWasmRowFilter(pool, settings) : createTypescriptRowFilter(settings)
}

function createWasmRowFilter(pool: InstancePool, settings: RowFilterSettings): RowFilter {
  const { rowBytes, pixelBytes, mostRows, choosesFilters } = settings
  const instance = pool.acquire()
  const { run, allocate, write, read } = instance
  // Zeros, as the specification has it above the first row.
  const above = allocate(rowBytes * (mostRows + 1) + BEHIND)
  const first = above + rowBytes
  const out = allocate((rowBytes + 1) * mostRows)
  const last = new Uint8Array(rowBytes)
  let sum = 1
  return {
    next(rows, into) {
      const count = rows.byteLength / rowBytes
      const filtered = into.subarray(0, (rowBytes + 1) * count)
      write(first, rows)
      if (rows instanceof Uint16Array) run.swapSamples(first, rows.byteLength)
      run.filterRows(first, count, rowBytes, pixelBytes, choosesFilters, out)
      sum = run.adler32(out, filtered.length, sum) >>> 0
      read(out, filtered)
      read(above + rows.byteLength, last)
      write(above, last)
      return filtered
    },
    adler32: () => sum,
    release: () => pool.release(instance),
  }
}
