// The peer's program for a folder: every picture in it, one after another, to a PNG of the same name.
// Run: node folder.mjs FOLDER OUT

import { readdir, writeFile } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { pathToFileURL } from 'node:url'
import { removeBackground } from '@imgly/background-removal-node'

const [folder, out] = process.argv.slice(2)
const publicPath = new URL('./node_modules/@imgly/background-removal-node/dist/', import.meta.url).href
for (const name of (await readdir(folder)).sort()) {
  try {
    const blob = await removeBackground(pathToFileURL(join(folder, name)).href, { publicPath })
    await writeFile(join(out, `${parse(name).name}.png`), Buffer.from(await blob.arrayBuffer()))
  } catch (error) {
    console.error(`${name}: ${error}`)
  }
}
