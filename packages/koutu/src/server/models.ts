// The models of this machine, as a server lists them. They rarely change, so the list is cached.

import { CATALOG, type ModelManifest, toKoutuError } from '@koutu/core'
import type { Logger, ModelInfo, Models } from '@koutu/server'
import { openModelStore } from '../model-store.ts'

/** Others of the catalog are parts of these. */
const SEGMENTERS = CATALOG.filter(({ kind }) => kind === 'segmenter')
const FRESH_MS = 10_000
/** A download that failed is tried again when it is asked for after this time. */
const RETRY_MS = 10 * 60_000

export interface ModelsSettings {
  /** Downloads a model. Null where clients cannot cause downloads. */
  readonly pull: ((manifest: ModelManifest) => Promise<void>) | null
  readonly logger: Logger
  readonly nowMs?: () => number
  readonly look?: () => Promise<readonly ModelInfo[]>
}

export function createModels({ pull, logger, nowMs = () => performance.now(), look = lookUp }: ModelsSettings): Models {
  let listed: { readonly atMs: number; readonly models: Promise<readonly ModelInfo[]> } | null = null
  const notBefore = new Map<string, number>()
  let last: Promise<void> = Promise.resolve()

  const fetchModel = async (manifest: ModelManifest): Promise<void> => {
    const { id } = manifest
    logger.info({ model: id }, 'downloading a model that a client asked for')
    try {
      await pull!(manifest)
      notBefore.delete(id)
      listed = null
      logger.info({ model: id }, 'the model is installed')
    } catch (error) {
      notBefore.set(id, nowMs() + RETRY_MS)
      logger.error({ model: id, error: toKoutuError(error).toJSON() }, 'the model could not be downloaded')
    }
  }

  return {
    list() {
      const atMs = nowMs()
      if (!listed || atMs - listed.atMs > FRESH_MS) listed = { atMs, models: look() }
      return listed.models
    },
    want(id) {
      const manifest = SEGMENTERS.find((model) => model.id === id)
      if (!pull || !manifest || nowMs() < (notBefore.get(id) ?? 0)) return
      notBefore.set(id, Number.POSITIVE_INFINITY)
      // One at a time.
      last = last.then(() => fetchModel(manifest))
    },
  }
}

/** For `createModels`. A license that excludes commercial use is not accepted on the operator's behalf. */
export async function pullFromStore(manifest: ModelManifest): Promise<void> {
  await openModelStore(false).pull(manifest, { acceptLicense: false })
}

async function lookUp(): Promise<readonly ModelInfo[]> {
  const statuses = await openModelStore(true).list(SEGMENTERS)
  return SEGMENTERS.map(({ id, about, license }, i) => ({
    id,
    about,
    license: { id: license.id, commercial: license.commercial },
    isHere: statuses[i]!.state === 'ready' || statuses[i]!.state === 'packed',
  }))
}
