// Who says where the subject is: an engine, or what one found in the same image before.

import type { EngineRequest } from '../options/grouped.ts'
import type { Ctx, Engine, MatteKernels } from '../ports/ports.ts'
import { type Answer, askEngine } from './answer.ts'
import { type CoarseAlpha, recall } from './coarse.ts'
import type { View } from './view.ts'

export interface Finder {
  /** Id of the engine. */
  readonly engine: string
  /** Loads what `find` needs. */
  warm(ctx: Ctx): Promise<void>
  /** Errors: MODEL_*, ENGINE_*, ABORTED; INVALID_OPTIONS where what was found before belongs to another image. */
  find(view: View, ctx: Ctx): Promise<Answer>
}

export function engineFinder(engine: Engine, request: EngineRequest, kernels: () => Promise<MatteKernels>): Finder {
  return {
    engine: engine.id,
    warm: (ctx) => engine.warm(request, ctx),
    find: ({ seen }, ctx) => askEngine(engine, seen, request, kernels, ctx),
  }
}

export function coarseFinder(coarse: CoarseAlpha): Finder {
  return {
    engine: coarse.engine,
    warm: async () => {},
    find: async (view) => recall(coarse, view),
  }
}
