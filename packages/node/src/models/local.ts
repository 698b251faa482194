// Reads a model file of the user's own together with its sidecar JSON, and asks the graph for the size of its input.

import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import {
  invalidOptions,
  KoutuError,
  type LocalModelOptions,
  localManifest,
  localRefiner,
  type ModelManifest,
  type Size,
  sidecarPaths,
} from '@koutu/core'
import { describeModel } from '../graph/describe.ts'

/** A sidecar is a few hundred bytes; anything of this size is another file. */
const MAX_SIDECAR_BYTES = 2 ** 16

/** The longest file that is read whole. */
const MAX_READ_BYTES = 2 ** 31 - 1

/** The manifest of `./my.onnx`, with warnings of what was assumed. Errors: MODEL_MISSING, MODEL_INVALID, INVALID_OPTIONS. */
export async function readLocalModel(
  path: string,
  options: LocalModelOptions = {},
): Promise<ReturnType<typeof localManifest>> {
  const { absolute, bytes } = await modelFile(path)
  const sidecar = await findSidecar(absolute)
  const isSizeGiven = options.size !== undefined || hasSize(sidecar?.json)
  const graphSize = isSizeGiven || bytes > MAX_READ_BYTES ? null : sizeInGraph(await readFile(absolute))
  return localManifest(absolute, sidecar, options, graphSize)
}

/** The same for a matting network, whose graph has to take four channels. Errors: also MODEL_INVALID. */
export async function readLocalRefiner(path: string): Promise<ModelManifest> {
  const { absolute, bytes } = await modelFile(path)
  if (bytes > MAX_READ_BYTES)
    throw new KoutuError('MODEL_INVALID', { detail: `expected at most 2 GiB but found ${bytes} bytes` })
  const [input] = describeModel(await readFile(absolute)).inputs
  const [, channels, height, width] = input?.dims ?? []
  if (channels !== 4) {
    throw new KoutuError('MODEL_INVALID', {
      detail: `expected a refiner's input of RGB and trimap, 1 x 4 x H x W, but ${basename(path)} takes ${input?.dims?.join(' x ') ?? 'something else'}`,
    })
  }
  const size = typeof width === 'number' && typeof height === 'number' && width > 0 && height > 0
  return localRefiner(absolute, await findSidecar(absolute), size ? { width, height } : null)
}

async function modelFile(path: string): Promise<{ readonly absolute: string; readonly bytes: number }> {
  const absolute = resolve(path)
  const status = await stat(absolute).catch(() => null)
  if (!status?.isFile()) throw new KoutuError('MODEL_MISSING', { detail: `expected a model file at ${path}` })
  return { absolute, bytes: status.size }
}

function hasSize(json: unknown): boolean {
  const input = (json as { input?: { width?: unknown; height?: unknown } } | null | undefined)?.input
  return input?.width !== undefined || input?.height !== undefined
}

/** Width and height of the first input where they are fixed: 1 x 3 x H x W. */
function sizeInGraph(bytes: Uint8Array): Size | null {
  const [, , height, width] = describeModel(bytes).inputs[0]?.dims ?? []
  return typeof width === 'number' && typeof height === 'number' && width > 0 && height > 0 ? { width, height } : null
}

async function findSidecar(modelPath: string): Promise<{ path: string; json: unknown } | null> {
  for (const path of sidecarPaths(modelPath)) {
    const status = await stat(path).catch(() => null)
    if (!status?.isFile()) continue
    if (status.size > MAX_SIDECAR_BYTES) {
      throw invalidOptions([{ path, message: `Expected at most ${MAX_SIDECAR_BYTES} bytes but found ${status.size}` }])
    }
    try {
      return { path, json: JSON.parse(await readFile(path, 'utf8')) }
    } catch {
      throw invalidOptions([{ path, message: 'Expected JSON' }])
    }
  }
  return null
}
