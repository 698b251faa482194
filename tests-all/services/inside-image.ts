// Runs inside the image, see image.test.ts: cuts out an image, starts the server as a container would, asks it, and prints what it
// saw. Argument: the image's entry point and command as JSON. Imports nothing but Node, since nothing else is at hand.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface Seen {
  readonly uid: number | undefined
  /** What became of an attempt to write into the program's folder, and of one to reach the network. */
  readonly rootFileSystem: string
  readonly network: string
  /** HTTP statuses without and with an API key. */
  readonly refused: number
  readonly answered: number
  /** What the image's health check asks. */
  readonly ready: number
  readonly exitCode: number | null
  readonly log: string
}

const run = promisify(execFile)
const PHOTO = 'examples/photo.jpg'
const ADDRESS = 'http://127.0.0.1:8787'
/** A reserved address: nobody answers, but a network would let us try. */
const OUTSIDE = 'http://192.0.2.1'

async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    const { code, cause } = error as NodeJS.ErrnoException
    return (cause as NodeJS.ErrnoException | undefined)?.code ?? code ?? String(error)
  }
}

async function serve(program: string, args: readonly string[], key: string) {
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(server, 'exit')
  let log = ''
  const listening = new Promise<void>((resolve) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (piece) => {
        log += piece
        if (log.includes('Listening on ')) resolve()
      })
    }
  })
  await Promise.race([listening, ended])
  const body = await readFile(PHOTO)
  const ask = (headers: Readonly<Record<string, string>>) =>
    fetch(`${ADDRESS}/v1/cutouts`, { method: 'POST', body, headers: { 'content-type': 'image/jpeg', ...headers } })
  const refused = await ask({})
  const answered = await ask({ authorization: `Bearer ${key}` })
  await writeFile('/data/server.png', new Uint8Array(await answered.arrayBuffer()))
  const { status: ready } = await fetch(`${ADDRESS}/readyz`)
  server.kill('SIGTERM')
  const [exitCode] = (await ended) as [number | null]
  return { refused: refused.status, answered: answered.status, ready, exitCode, log }
}

await run('koutu', [PHOTO, '-o', '/data/command.png', '--offline'])
const { stdout } = await run('koutu', ['keys', 'create', 'shop'])
const [program = '', ...args] = JSON.parse(process.argv[2] ?? '[]') as string[]
const seen: Seen = {
  uid: process.getuid?.(),
  rootFileSystem: await outcome(() => writeFile('/opt/koutu/written', '')),
  network: await outcome(() => fetch(OUTSIDE)),
  ...(await serve(program, args, stdout.trim())),
}
console.log(JSON.stringify(seen))
