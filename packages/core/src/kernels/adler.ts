// Numbers of the checksum Adler-32 (RFC 1950). Compiled to WebAssembly too.

import type { i32 } from '../pixels/numbers.ts'

/** The largest prime below 2^16. */
export const BASE: i32 = 65521
/** Bytes after which the checksum's sums must be reduced to stay within 32 bits: zlib's NMAX, a multiple of 16. */
export const REDUCE_AFTER: i32 = 5552
