// Runs in a worker of the page: the library's own codec and engine, without the pipeline between them and who asks.

import { type CallMessage, createResponder, type Handlers } from '@koutu/core/channel'
import { loadKernels } from '@koutu/core/kernels'
import type { Picture } from '@koutu/core/ports'
import { createBrowserCodec } from '../../../packages/browser/src/codec/browser-codec.ts'
import { createLane, createTurn } from '../../../packages/browser/src/engine/lane.ts'
import { openRunner } from '../../../packages/browser/src/engine/open-runner.ts'
import { createWebEngine } from '../../../packages/browser/src/engine/web-engine.ts'
import { readManifest } from '../../../packages/browser/src/files/manifest.ts'
import { createDevices } from '../../../packages/browser/src/worker/devices.ts'
import { openFiles } from '../../../packages/browser/src/worker/files.ts'
import { once } from '../../../packages/browser/src/worker/once.ts'
import type { PortCalls, WirePicture } from './calls.ts'

const scope = globalThis as unknown as {
  postMessage(message: unknown): void
  onmessage: ((event: MessageEvent<CallMessage>) => void) | null
}

async function open(): Promise<Handlers<Omit<PortCalls, 'cut'>>> {
  const baseUrl = new URL('/koutu/', location.href).href
  const manifest = readManifest(await (await fetch(`${baseUrl}manifest.json`)).json())
  const files = openFiles(baseUrl)
  const later = (ms: number, work: () => void) => {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  }
  const kernels = once(() => loadKernels(() => files.read(manifest.kernels), later))
  const codec = createBrowserCodec({
    kernels,
    extras: () => import('../../../packages/browser/src/codec/extras.ts'),
    avif: manifest.avif,
    files,
  })
  const devices = createDevices('wasm', (candidate, onBytes) => openRunner(manifest, candidate, files, onBytes))
  const lane = createLane({ ...devices, files, inTurn: createTurn() })
  const engine = createWebEngine({ models: manifest.models, lane, files, kernels })
  const ctx = (isAborted: boolean) => (isAborted ? { signal: AbortSignal.abort() } : {})
  return {
    async decode({ bytes, request, isAborted }) {
      const { srgb, ...picture } = await codec.decode(bytes, request, ctx(isAborted))
      return { ...picture, srgb: srgb === picture.color ? null : srgb }
    },
    encode: ({ raster, request, isAborted }) => codec.encode(raster, request, ctx(isAborted)),
    cover: ({ raster, size, isAborted }) => codec.cover(raster, size, ctx(isAborted)),
    blur: ({ raster, sigmaPx, isAborted }) => codec.blur(raster, sigmaPx, ctx(isAborted)),
    async warm({ request, isAborted }) {
      await engine.warm(request, ctx(isAborted))
      return null
    },
    segment: ({ picture, request, isAborted }) => engine.segment(whole(picture), request, ctx(isAborted)),
  }
}

function whole({ srgb, ...picture }: WirePicture): Picture {
  return { ...picture, srgb: srgb ?? picture.color }
}

const opening = open().then((handlers) => createResponder(handlers, { post: (answer) => scope.postMessage(answer) }))
scope.onmessage = ({ data }) => void opening.then((responder) => responder.receive(data))
