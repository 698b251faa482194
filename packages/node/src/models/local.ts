// Reads a model file of the user's own together with its sidecar JSON.

import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { invalidOptions, KoutuError, type LocalModelOptions, localManifest, sidecarPaths } from '@koutu/core'

/** A sidecar is a few hundred bytes; anything of this size is another file. */
const MAX_SIDECAR_BYTES = 2 ** 16

/** The manifest of `./my.onnx`, with warnings of what was assumed. Errors: MODEL_MISSING, INVALID_OPTIONS. */
export async function readLocalModel(
  path: string,
  options: LocalModelOptions = {},
): Promise<ReturnType<typeof localManifest>> {
  const absolute = resolve(path)
  const status = await stat(absolute).catch(() => null)
  if (!status?.isFile()) throw new KoutuError('MODEL_MISSING', { detail: `expected a model file at ${path}` })
  return localManifest(absolute, await findSidecar(absolute), options)
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
