// What hostile pictures cost a whole server: the time until the answer, and the most memory of all its processes beyond
// what they had before. Nothing may cost 300 MB or 2 s.
//
//   node bench/server/hostile.ts

import { HOSTILE_FILES, swellingFiles } from '../../testing/src/server/hostile-files.ts'
import { startServerProcess, treeBytes } from './server-process.ts'

const MAX_MS = 2_000
const MAX_BYTES = 300e6

const swelling = swellingFiles()
const server = await startServerProcess('--max-pixels', '20000000')
const rows: { file: string; status: number; code: string; ms: number; mb: number }[] = []
for (const { name, bytes } of [...HOSTILE_FILES, ...swelling]) {
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
const tooMuch = rows.filter(({ status, ms, mb }) => status >= 500 || ms > MAX_MS || mb * 1e6 > MAX_BYTES)
console.log(tooMuch.length === 0 ? 'none costs too much' : `too much: ${tooMuch.map(({ file }) => file).join(', ')}`)
await server.stop()
process.exitCode = tooMuch.length === 0 ? 0 : 1
