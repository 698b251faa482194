// One network in memory, on the device that works: loaded when another is asked for, moved to another device where one fails.

import { toKoutuError } from '@koutu/core/errors'
import type { Ctx } from '@koutu/core/ports'
import type { AssetStore, OnBytes } from '../files/asset-store.ts'
import type { AssetModel } from '../files/manifest.ts'
import type { Choice } from './choose-model.ts'
import type { Candidate, Provider } from './provider.ts'
import type { Session } from './runner.ts'

export interface LaneDeps {
  /** Opened once. `hasPlan`: whether koutu's own engine could run the network that WebAssembly would take. */
  provider(onBytes: OnBytes, hasPlan: boolean): Promise<Provider>
  /** Another one, after `failed` has failed in the middle of its work; null where there is none. */
  replace(failed: Provider, error: unknown, hasPlan: boolean): Promise<Provider | null>
  readonly files: AssetStore
  /** Two networks at once on one set of processors are slower than one after the other. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/** Which network runs on a device. */
export type Choose = (device: Pick<Candidate, 'name' | 'hasHalves'>) => Choice

export interface Lane {
  /** Errors: those of `choose` and `work`, MODEL_INVALID, ASSET_*, ENGINE_UNAVAILABLE. */
  run<T>(
    choose: Choose,
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
      session: opened.runner.open(model, files, progressOf(ctx, model.id, model.weights.bytes)),
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
    const hasPlan = hasPlanOn(choose)
    const first = await provider(progressOf(ctx, 'onnxruntime', null), hasPlan)
    const choice = choose(first)
    try {
      return await on(first, choice)
    } catch (error) {
      const { code } = toKoutuError(error)
      if (first.name !== 'webgpu' || code.startsWith('ASSET_') || code === 'ABORTED') throw error
      await release()
      const other = await replace(first, error, hasPlan)
      if (!other) throw error
      return on(other, choose(other))
    }
  }
  return { run: (...call) => inTurn(() => run(...call)), release }
}

/** Whether WebAssembly would run a network that has a plan. */
export function hasPlanOn(choose: Choose): boolean {
  return choose({ name: 'wasm', hasHalves: false }).model.plan !== undefined
}

/** Bytes as events of a model that is being loaded. */
function progressOf({ onEvent }: Ctx, id: string, total: number | null): OnBytes {
  return (phase, done) => onEvent?.({ type: 'model', id, phase, done, total })
}
