// The images with the largest errors, drawn before and after: what to look at first.

import type { Evaluated } from './evaluate.ts'
import { drawPanels, joinPanels, type Panels } from './thumbnails.ts'

/** The longer side of one panel, in pixels. */
const PANEL_SIDE = 400

export interface Hardest {
  /** Takes part in the contest; only the `count` worst are kept. */
  add(scored: Evaluated): Promise<void>
  /** A PNG, worst first: photo, network alone, koutu and truth in a row, the last three on magenta. Null without an image. */
  sheet(): Promise<Uint8Array | null>
}

/** The `count` scored images with the largest mean error of alpha. */
export function createHardest(count: number): Hardest {
  const kept: { readonly mae: number; readonly panels: Panels }[] = []
  return {
    async add(scored) {
      if (!('alpha' in scored) || !scored.network) return
      const { mae } = scored.result.scores
      if (kept.length === count && mae <= kept.at(-1)!.mae) return
      const alphas = [scored.network, scored.alpha, scored.truth]
      kept.push({ mae, panels: await drawPanels(scored.item.imagePath, alphas, PANEL_SIDE) })
      kept.sort((a, b) => b.mae - a.mae)
      kept.length = Math.min(kept.length, count)
    },
    sheet: async () => (kept.length === 0 ? null : joinPanels(kept.map(({ panels }) => panels))),
  }
}
