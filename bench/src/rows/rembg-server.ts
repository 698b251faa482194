// `koutu serve` beside `rembg s` under the same load: clients that each send a small image and wait for its cutout, by the request
// that both answer.

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { type Load, putLoad } from '../measure/load.ts'
import { availableMib, canReadMemory, watchPeak } from '../measure/process-memory.ts'
import { PROGRAMS } from '../measure/run.ts'
import { type Service, type ServiceStart, startService } from '../measure/service.ts'
import { drawPicture } from '../pictures.ts'
import { installRembg, MODEL, type Rembg } from '../rembg.ts'

export interface RembgServerRow {
  readonly megapixels: number
  readonly loads: readonly { readonly koutu: ServerLoad; readonly rembg: ServerLoad }[]
}

export interface ServerLoad extends Load {
  /** Highest sum of proportional sets of all its processes at one moment; null where the system does not tell. */
  readonly peakMib: number | null
  /** Ended by the bench, because the machine had hardly any memory left. */
  readonly isEnded: boolean
}

/** 400 x 300 pixels. */
const MEGAPIXELS = 0.12
/** Reading the memory map of a process of 20 GB takes it a while. */
const LOOK_EVERY_MS = 250
/** With less than this the system would begin to end programs, ours among them. */
const MIN_AVAILABLE_MIB = 1024

export async function rembgServer(context: Context): Promise<RembgServerRow> {
  const { env, folder, cacheFolder } = context
  const peer = await installRembg(env, folder, cacheFolder)
  const { path, megapixels } = await drawPicture(MEGAPIXELS, folder)
  const image = new Blob([await readFile(path)], { type: 'image/jpeg' })
  const data = join(folder, 'rembg-server-data')
  await mkdir(data)
  const koutu = await loadsOf(context, 'koutu', ourServer(env, data), image)
  const rembg = await loadsOf(context, 'rembg', theirServer(peer), image)
  return { megapixels, loads: koutu.map((load, i) => ({ koutu: load, rembg: rembg[i]! })) }
}

function ourServer(env: NodeJS.ProcessEnv, data: string): ServiceStart {
  const flags = ['--data', data, '--log-level', 'error', '--rate', '1000000']
  return {
    command: process.execPath,
    args: (port) => [...PROGRAMS.koutu, 'serve', '--port', String(port), ...flags],
    env,
    readyPath: '/readyz',
  }
}

/** Its page is left out: it costs time while nobody looks. */
function theirServer({ command, env }: Rembg): ServiceStart {
  return {
    command,
    args: (port) => ['s', '--host', '127.0.0.1', '--port', String(port), '--log_level', 'error', '--no-ui'],
    // It would open a browser.
    env: { ...env, BROWSER: 'true' },
    readyPath: '/openapi.json',
  }
}

async function loadsOf({ settings, log }: Context, name: string, start: ServiceStart, image: Blob) {
  const service = await startService(start)
  const loads: ServerLoad[] = []
  try {
    // The network is loaded, and what is compiled at first use is compiled.
    await cutOut(service, image)
    for (const clients of settings.serverClients) {
      const requests = Math.max(1, Math.round(settings.serverRequests / clients))
      const load = await watched(service, () => putLoad(clients, requests, () => cutOut(service, image)))
      log(`server, ${clients} clients, ${name}: ${load.answered} answered, ${load.perSecond.toFixed(2)} a second`)
      loads.push(load)
    }
  } finally {
    await service.stop()
  }
  return loads
}

async function watched(service: Service, run: () => Promise<Load>): Promise<ServerLoad> {
  const watch = canReadMemory ? watchPeak(service.pid, LOOK_EVERY_MS) : null
  let isEnded = false
  const guard = setInterval(() => {
    if ((availableMib() ?? Number.POSITIVE_INFINITY) >= MIN_AVAILABLE_MIB) return
    isEnded = true
    service.kill()
  }, LOOK_EVERY_MS)
  try {
    const load = await run()
    return { ...load, peakMib: watch?.stop().pssMib ?? null, isEnded }
  } finally {
    clearInterval(guard)
  }
}

async function cutOut({ url }: Service, image: Blob): Promise<void> {
  const body = new FormData()
  body.append('file', image, 'photo.jpg')
  body.append('model', MODEL)
  const response = await fetch(`${url}/api/remove`, { method: 'POST', body })
  const bytes = await response.arrayBuffer()
  if (!response.ok) throw new Error(`${response.status} ${new TextDecoder().decode(bytes).slice(0, 200)}`)
}
