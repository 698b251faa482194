// One batch request of very many small images: when its zip begins and ends, and what the server holds meanwhile. A color stands in
// for the network, so that what is measured is the request, the queue, the store and the zip.
//
//   node bench/server/batch.ts [--images 1000]

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import sharp from 'sharp'
import { unzip } from '../../testing/dist/index.js'
import { flag, treeBytes } from './server-process.ts'

const IMAGES = flag('images', 1000)
const SAMPLE_MS = 500

const folder = mkdtempSync(join(tmpdir(), 'koutu-batch-'))
const child = spawn(process.execPath, [join(import.meta.dirname, 'batch-server.ts'), folder, String(IMAGES)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
process.once('exit', () => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
let url: string | undefined
for await (const line of createInterface(child.stdout)) {
  url = /Listening on (\S+)/.exec(line)?.[1]
  if (url) break
}

const image = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'white' } })
  .png()
  .toBuffer()
const form = new FormData()
for (let i = 0; i < IMAGES; i++) form.append('image', new Blob([new Uint8Array(image)]), `${i}.png`)

const toMb = (bytes: number) => Math.round(bytes / 1e6)
const beforeMb = toMb(treeBytes(child.pid!))
let mostMb = beforeMb
const sampling = setInterval(() => {
  mostMb = Math.max(mostMb, toMb(treeBytes(child.pid!)))
}, SAMPLE_MS)
const begin = performance.now()
const seconds = () => Number(((performance.now() - begin) / 1000).toFixed(1))
const response = await fetch(`${url}/v1/batches`, { method: 'POST', body: form })
if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
const chunks: Uint8Array[] = []
let firstSeconds = 0
for await (const chunk of response.body!) {
  if (chunks.length === 0) firstSeconds = seconds()
  chunks.push(chunk)
}
const lastSeconds = seconds()
clearInterval(sampling)
const files = await unzip(Buffer.concat(chunks))
const result = {
  images: IMAGES,
  status: response.status,
  files: files.size,
  firstSeconds,
  lastSeconds,
  beforeMb,
  mostMb,
}
console.log(JSON.stringify({ ...result, afterMb: toMb(treeBytes(child.pid!)) }))
process.exit()
