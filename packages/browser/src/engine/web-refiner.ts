// The matting networks of the served folder: core's tiles on a session of onnxruntime-web. Loaded when one is asked for.

import { excerpt, KoutuError, throwIfAborted } from '@koutu/core/errors'
import { type EdgeRefiner, edgeRefiner } from '@koutu/core/pipeline'
import type { Ctx, Warning } from '@koutu/core/ports'
import type { AssetModel } from '../files/manifest.ts'
import type { Lane } from './lane.ts'
import type { Session } from './runner.ts'

/** `vitmatte` is the smallest of that family. Errors: MODEL_MISSING. */
export function chooseRefiner(refiners: readonly AssetModel[] = [], name: string): AssetModel {
  const named = refiners.filter(({ id }) => id === name || (name === 'vitmatte' && id.startsWith('vitmatte-')))
  const [smallest] = named.toSorted((a, b) => a.weights.bytes - b.weights.bytes)
  if (smallest) return smallest
  const names = refiners.map(({ id }) => id).join(', ') || 'none'
  throw new KoutuError('MODEL_MISSING', {
    detail: `expected a matting network of the served files (${names}) but received '${excerpt(name)}'; koutu browser-assets adds one with --refiner`,
  })
}

/** Loads it. Errors: MODEL_INVALID, ASSET_*, ENGINE_UNAVAILABLE, ABORTED. */
export async function openEdgeRefiner(model: AssetModel, lane: Lane, ctx: Ctx): Promise<EdgeRefiner> {
  /** Of devices: those known before are in the report already. */
  const told = new Set<Warning>()
  const later: Warning[] = []
  const run = async <T>(inner: Ctx, work: (session: Session) => Promise<T>): Promise<T> => {
    const { result, opened } = await lane.run(() => ({ model, warnings: [] }), inner, work)
    for (const warning of opened.warnings) {
      if (!told.has(warning)) later.push(warning)
      told.add(warning)
    }
    return result
  }
  await run(ctx, async () => null)
  later.length = 0
  const { width, height } = model.input
  const edges = edgeRefiner({
    model: model.id,
    tile: { width, height },
    refine: ({ rgb, trimap, ...size }, inner) =>
      run(inner, (session) => {
        throwIfAborted(inner.signal)
        return session.run(rgb, size, trimap)
      }),
  })
  return {
    ...edges,
    async refineEdges(...call) {
      const { alpha, warnings } = await edges.refineEdges(...call)
      return { alpha, warnings: [...warnings, ...later] }
    },
  }
}
