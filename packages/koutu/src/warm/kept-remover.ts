// A remover that outlives the command it was made for: the next one finds its thread and its network loaded.

import type { Report } from '@koutu/core'
import { createRemover, type Remover, type RemoverSettings } from '../remover.ts'

export interface KeptRemover {
  /** As the library's, but what it returns is not let go when it is disposed of. */
  readonly create: typeof createRemover
  /** Of the last image; null before the first. */
  readonly last: Pick<Report, 'model' | 'precision'> | null
}

/** The longest that `--keep-warm` allows. */
const IDLE_MS = 86_400_000

export function createKeptRemover(): KeptRemover {
  let kept: { readonly key: string; readonly remover: Remover } | null = null
  let last: KeptRemover['last'] = null
  const find = async (settings: RemoverSettings): Promise<Remover> => {
    // Whether one image is all, nobody knows here.
    const lasting = { ...settings, once: false, idleMs: IDLE_MS }
    const key = JSON.stringify(lasting)
    if (kept?.key !== key) {
      await kept?.remover[Symbol.asyncDispose]()
      kept = { key, remover: await createRemover({}, lasting) }
    }
    return kept.remover
  }
  return {
    get last() {
      return last
    },
    async create(defaults = {}, settings = {}) {
      const remover = await find(settings)
      return {
        async remove(input, options, ctx) {
          const cutout = await remover.remove(input, { ...defaults, ...options }, ctx)
          last = cutout.report
          return cutout
        },
        refine: (input, coarse, options, ctx) => remover.refine(input, coarse, { ...defaults, ...options }, ctx),
        applyAlpha: (input, alpha, options, ctx) => remover.applyAlpha(input, alpha, { ...defaults, ...options }, ctx),
        warm: (options, ctx) => remover.warm({ ...defaults, ...options }, ctx),
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
