// Who says where the subject is: an engine, or what one found in the same image before.

import type { EngineRequest } from '../options/grouped.ts'
import type { Ctx, Engine } from '../ports/ports.ts'
import { type Answer, askEngine } from './answer.ts'
import { type CoarseAlpha, recall, roundCoarse } from './coarse.ts'
import type { View } from './view.ts'

export interface Finder {
  /** Id of the engine. */
  readonly engine: string
  /** Loads what `find` needs. */
  warm(ctx: Ctx): Promise<void>
  /** Errors: MODEL_*, ENGINE_*, ABORTED; INVALID_OPTIONS where what was found before belongs to another image. */
  find(view: View, ctx: Ctx): Promise<Answer>
}

export function engineFinder(engine: Engine, request: EngineRequest): Finder {
  return {
    engine: engine.id,
    warm: (ctx) => engine.warm(request, ctx),
    async find({ seen }, ctx) {
      const answer = await askEngine(engine, seen, request, ctx)
      if (!answer.isCoarse) return { ...answer, levels: null }
      return { ...answer, ...(answer.levels ? { levels: answer.levels } : roundCoarse(answer.alpha)) }
    },
  }
}

export function coarseFinder(coarse: CoarseAlpha): Finder {
  return {
    engine: coarse.engine,
    warm: async () => {},
    find: async (view) => recall(coarse, view),
  }
}
