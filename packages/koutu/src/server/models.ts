// The models of this machine, as a server tells them. What is here changes rarely, so it is looked up rarely.

import { CATALOG } from '@koutu/core'
import type { ModelInfo, Models } from '@koutu/server'
import { openModelStore } from '../model-store.ts'

const FRESH_MS = 10_000

export function createModels(): Models {
  let listed: { readonly atMs: number; readonly models: Promise<readonly ModelInfo[]> } | null = null
  return {
    list() {
      const nowMs = performance.now()
      if (!listed || nowMs - listed.atMs > FRESH_MS) listed = { atMs: nowMs, models: look() }
      return listed.models
    },
  }
}

async function look(): Promise<readonly ModelInfo[]> {
  const models = CATALOG.filter(({ kind }) => kind === 'segmenter')
  const statuses = await openModelStore(true).list(models)
  return models.map(({ id, about, license }, i) => ({
    id,
    about,
    license: { id: license.id, commercial: license.commercial },
    isHere: statuses[i]!.state === 'ready' || statuses[i]!.state === 'packed',
  }))
}
