// An engine whose code is loaded on first use.

import type { Engine } from '@koutu/core'

export function lazyEngine(face: Pick<Engine, 'id' | 'produces'>, load: () => Promise<Engine>): Engine {
  let loading: Promise<Engine> | null = null
  const engine = () => {
    loading ??= load()
    return loading
  }
  return {
    specVersion: 1,
    ...face,
    warm: async (options, ctx) => (await engine()).warm(options, ctx),
    segment: async (picture, options, ctx) => (await engine()).segment(picture, options, ctx),
    async [Symbol.asyncDispose]() {
      if (loading) await (await loading)[Symbol.asyncDispose]()
    },
  }
}
