// Where the process that `--keep-warm` keeps begins. Beside it in sources and in bundles alike.

import { fileURLToPath } from 'node:url'

/** Compiled and uncompiled code name the same entry differently. */
export const WARM_ENTRY: string = fileURLToPath(
  new URL(`./warm-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)
