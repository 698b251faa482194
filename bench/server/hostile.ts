// What hostile pictures cost a whole server: the time until the answer, and the most memory of all its processes beyond
// what they had before. Nothing may cost 300 MB or 2 s; files that are pictures all the same, no more than that beyond a
// plain picture of their size.
//
//   node bench/server/hostile.ts

import { encodePng } from '../../testing/src/dreamina-fake/png.ts'
import { HOSTILE_FILES, swellingFiles } from '../../testing/src/server/hostile-files.ts'
import { startServerProcess, treeBytes } from './server-process.ts'

const MAX_MS = 2_000
const MAX_BYTES = 300e6

const PLAIN = { width: 100, height: 100, channels: 1, data: new Uint8Array(10_000) } as const

const swelling = swellingFiles()
const server = await startServerProcess('--max-pixels', '20000000')
const rows: { file: string; status: number; code: string; ms: number; mb: number }[] = []
const plain = { name: 'a plain PNG of the size of the last three', bytes: new Uint8Array(encodePng(PLAIN)) }
for (const { name, bytes } of [plain, ...HOSTILE_FILES, ...swelling]) {
  const before = treeBytes(server.pid)
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, treeBytes(server.pid))
  }, 10)
  const begin = performance.now()
  const response = await fetch(`${server.url}/v1/cutouts`, {
    method: 'POST',
    body: new Blob([bytes]),
    headers: { 'content-type': 'image/png' },
  })
  const answer = new Uint8Array(await response.arrayBuffer())
  const ms = Math.round(performance.now() - begin)
  most = Math.max(most, treeBytes(server.pid))
  clearInterval(watch)
  const code = response.ok ? 'a picture' : (JSON.parse(new TextDecoder().decode(answer)) as { code: string }).code
  rows.push({ file: name, status: response.status, code, ms, mb: Math.round((most - before) / 1e6) })
}
console.table(rows)
const [{ ms: plainMs, mb: plainMb }] = rows as [(typeof rows)[0]]
const tooMuch = rows.filter(({ status, ms, mb }) => {
  const [freeMs, freeMb] = status === 200 ? [plainMs, plainMb] : [0, 0]
  return status >= 500 || ms - freeMs > MAX_MS || (mb - freeMb) * 1e6 > MAX_BYTES
})
console.log(tooMuch.length === 0 ? 'none costs too much' : `too much: ${tooMuch.map(({ file }) => file).join(', ')}`)
await server.stop()
process.exitCode = tooMuch.length === 0 ? 0 : 1
