// `koutu serve` in a memory control group, and clients that ask it all at once.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { MemoryGroup } from './memory-group.ts'

const COMMAND = join(import.meta.dirname, '../../packages/koutu/bin/koutu.js')

export interface SmallServer extends AsyncDisposable {
  readonly url: string
}

/** On an empty data folder. Resolves when it is ready. */
export async function startSmallServer(group: MemoryGroup, flags: readonly string[]): Promise<SmallServer> {
  const data = await mkdtemp(join(tmpdir(), 'koutu-small-'))
  const child = group.spawn(process.execPath, [COMMAND, 'serve', '--port', '0', '--data', data, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let url: string | undefined
  for await (const line of createInterface(child.stdout!)) {
    url = /Listening on (\S+)/.exec(line)?.[1]
    if (url) break
  }
  if (!url) throw new Error(`the server ended with ${child.exitCode ?? child.signalCode} before it listened`)
  while ((await fetch(`${url}/readyz`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 200))
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
      await rm(data, { recursive: true })
    },
  }
}

/** Statuses of the answers to these images, all sent at the same time. */
export function askAtOnce({ url }: SmallServer, images: readonly Uint8Array<ArrayBuffer>[]): Promise<number[]> {
  return Promise.all(
    images.map(async (body) => {
      const headers = { 'content-type': 'image/jpeg' }
      const response = await fetch(`${url}/v1/cutouts`, { method: 'POST', headers, body })
      await response.arrayBuffer()
      return response.status
    }),
  )
}
