// The peer's public call in a loop: one picture after another, each from its path to the encoded PNG.
// Speaks what src/programs/messages.ts says.

import { pathToFileURL } from 'node:url'
import { removeBackground } from '@imgly/background-removal-node'

const publicPath = new URL('./node_modules/@imgly/background-removal-node/dist/', import.meta.url).href

async function call(path) {
  const begin = performance.now()
  try {
    const blob = await removeBackground(pathToFileURL(path).href, { publicPath })
    await blob.arrayBuffer()
    return { path, ms: performance.now() - begin, timingsMs: {}, precision: null }
  } catch (error) {
    return { path, error: String(error) }
  }
}

process.once('message', async ({ pictures, warmUps }) => {
  for (const path of pictures.slice(0, warmUps)) await call(path)
  for (const path of pictures) process.send(await call(path))
  process.disconnect()
})
