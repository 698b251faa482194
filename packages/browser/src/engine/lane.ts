// One network in memory, on the device that works: loaded when another is asked for, moved to another device where one fails.

import { toKoutuError } from '@koutu/core/errors'
import type { Ctx } from '@koutu/core/ports'
import type { AssetStore, OnBytes } from '../files/asset-store.ts'
import type { AssetModel } from '../files/manifest.ts'
import type { Choice } from './choose-model.ts'
import type { Provider } from './provider.ts'
import { openSession, type Session } from './session.ts'

export interface LaneDeps {
  /** Opened once. */
  provider(onBytes: OnBytes): Promise<Provider>
  /** Another one, after `failed` has failed in the middle of its work; null where there is none. */
  replace(failed: Provider, error: unknown): Promise<Provider | null>
  readonly files: AssetStore
  /** Two networks at once on one set of processors are slower than one after the other. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

export interface Lane {
  /** Errors: those of `choose` and `work`, MODEL_INVALID, ASSET_*, ENGINE_UNAVAILABLE. */
  run<T>(
    choose: (provider: Provider) => Choice,
    ctx: Ctx,
    work: (session: Session, model: AssetModel) => Promise<T>,
  ): Promise<Choice & { readonly opened: Provider; readonly result: T }>
  release(): Promise<void>
}

interface Current {
  readonly model: AssetModel
  readonly provider: Provider
  readonly session: Promise<Session>
}

export function createTurn(): LaneDeps['inTurn'] {
  let turn: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => {})
    return mine
  }
}

export function createLane({ provider, replace, files, inTurn }: LaneDeps): Lane {
  let current: Current | null = null
  const release = async () => {
    const held = current
    current = null
    await held?.session.then((session) => session.release()).catch(() => {})
  }
  const ready = async (model: AssetModel, opened: Provider, ctx: Ctx): Promise<Session> => {
    if (current?.model === model && current.provider === opened) return current.session
    await release()
    const next: Current = {
      model,
      provider: opened,
      session: openSession(opened, model, files, progressOf(ctx, model.id, model.weights.bytes)),
    }
    current = next
    next.session.catch(() => {
      if (current === next) current = null
    })
    return next.session
  }
  /** Once more on another device where one fails in the middle: graphics processors get lost. */
  const run: Lane['run'] = async (choose, ctx, work) => {
    const on = async (opened: Provider, choice: Choice) => {
      const result = await work(await ready(choice.model, opened, ctx), choice.model)
      return { ...choice, opened, result }
    }
    const first = await provider(progressOf(ctx, 'onnxruntime', null))
    const choice = choose(first)
    try {
      return await on(first, choice)
    } catch (error) {
      const { code } = toKoutuError(error)
      if (first.name !== 'webgpu' || code.startsWith('ASSET_') || code === 'ABORTED') throw error
      await release()
      const other = await replace(first, error)
      if (!other) throw error
      return on(other, choose(other))
    }
  }
  return { run: (...call) => inTurn(() => run(...call)), release }
}

/** Bytes as events of a model that is being loaded. */
function progressOf({ onEvent }: Ctx, id: string, total: number | null): OnBytes {
  return (phase, done) => onEvent?.({ type: 'model', id, phase, done, total })
}
