// The peer's shortest program: one picture in, one PNG out. Plain JavaScript, so that nothing is compiled at its start.
// Run: node one.mjs IN OUT

import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { removeBackground } from '@imgly/background-removal-node'

const [input, output] = process.argv.slice(2)
const publicPath = new URL('./node_modules/@imgly/background-removal-node/dist/', import.meta.url).href
const blob = await removeBackground(pathToFileURL(input).href, { publicPath })
await writeFile(output, Buffer.from(await blob.arrayBuffer()))
