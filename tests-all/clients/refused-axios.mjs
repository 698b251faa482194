// Refused uploads, then a good one, with axios and an agent that keeps connections. Arguments as in refused.py, and before
// them the folder that axios is installed in.

import { readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { createRequire } from 'node:module'

const [folder, port, key, good, path, kind, usedKey, size, start] = process.argv.slice(2)
const axios = createRequire(`${folder}/`)('axios')
const httpAgent = new Agent({ keepAlive: true, maxSockets: 1 })
const body = Buffer.alloc(Number(size), 'koutu')
body.set(Buffer.from(start, 'hex'))

async function post(to, data, type, secret) {
  const headers = { 'content-type': type, 'x-api-key': secret }
  const options = { headers, httpAgent, responseType: 'arraybuffer', validateStatus: () => true, maxBodyLength: 1e9 }
  const answer = await axios.post(`http://127.0.0.1:${port}${to}`, data, options)
  console.log('axios', answer.status, answer.data.byteLength > 0 ? 'True' : 'False')
}

await post(path, body, kind, usedKey)
await post('/v1/cutouts', readFileSync(good), 'image/png', key)
httpAgent.destroy()
