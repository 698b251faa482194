// Reads a model file of the user's own together with its sidecar JSON, and asks the graph for the size of its input.

import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { invalidOptions, KoutuError, type LocalModelOptions, localManifest, type Size, sidecarPaths } from '@koutu/core'
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
  const absolute = resolve(path)
  const status = await stat(absolute).catch(() => null)
  if (!status?.isFile()) throw new KoutuError('MODEL_MISSING', { detail: `expected a model file at ${path}` })
  const sidecar = await findSidecar(absolute)
  const isSizeGiven = options.size !== undefined || hasSize(sidecar?.json)
  const graphSize = isSizeGiven || status.size > MAX_READ_BYTES ? null : sizeInGraph(await readFile(absolute))
  return localManifest(absolute, sidecar, options, graphSize)
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
