// Koutu's library called for many images at once: `Promise.all` over paths, each to a file.
// Arguments: the folder of the results, their format, the paths.

import { join } from 'node:path'
import { type Options, removeBackground } from 'koutu'

const [folder, format, ...paths] = process.argv.slice(2) as [string, string, ...string[]]

await Promise.all(
  paths.map(async (path, i) => {
    const cutout = await removeBackground(path, { format: format as Options['format'] })
    await cutout.toFile(join(folder, `${i}.${format}`))
  }),
)
