// How the embedded PostgreSQL is started, when it is created and when it is opened.

import { PGlite } from '@electric-sql/pglite'

/**
 * PGlite's own default of 128 MB for cached pages makes its WebAssembly memory grow, and copying it touches all of it: 206 MB for
 * an open database instead of 96. The tables of the queue are small, and the operating system caches the files as well.
 */
export const START_PARAMETERS: string[] = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB']
