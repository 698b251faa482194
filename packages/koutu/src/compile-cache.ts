// Keeps the compiled code of koutu and its libraries between runs, for the command, its worker thread and its processes:
// a tenth of a second of each start. In koutu's own cache folder, since a shared one could be written by others.

import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { cacheDir } from '@koutu/node/cache-dir'

const { directory } = enableCompileCache(join(cacheDir(), 'code'))
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= join(cacheDir(), 'code')
