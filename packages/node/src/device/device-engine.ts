// The Engine port on whatever is fastest and right: an accelerator as long as it works, the processor otherwise. It knows no
// tensors and no drivers.

import {
  type Accelerator,
  type Device,
  type Engine,
  type EngineRequest,
  type ErrorCode,
  isKoutuError,
  KoutuError,
  type Segmentation,
  type Warning,
} from '@koutu/core'
import { ACCELERATOR_FACTS } from './accelerators.ts'
import type { DeviceTrial } from './device-trial.ts'
import type { DeviceTrials } from './device-trials.ts'
import { reasonOf } from './reason.ts'

export interface DeviceEngineDeps {
  /** On the processor: what is used where nothing else is. */
  readonly processor: Engine
  /** On an accelerator that has passed its trial. Called once for each. */
  readonly open: (device: Accelerator) => Engine
  /** What seems to be on this machine, in the order in which it is tried. */
  readonly present: () => Promise<readonly Accelerator[]>
  /** Which of them the platform can have. */
  readonly possible: readonly Accelerator[]
  readonly trials: DeviceTrials
  /** Of what int8 takes on the processor to what floats take; 1 where it has none. */
  readonly int8Share: () => Promise<number>
}

interface Choice {
  readonly engine: Engine
  /** Null: the processor. */
  readonly device: Accelerator | null
}

/** A device pays only where it is clearly faster: its network takes longer to load. */
const MIN_GAIN = 1.5

/** Whether `auto` takes it. `int8Share`: of what int8 takes on the processor to what floats take. */
export function isWorthwhile(trial: DeviceTrial, int8Share: number): boolean {
  return trial.fault === null && trial.deviceMs * MIN_GAIN < trial.processorMs * int8Share
}

/** What a device may be the cause of. */
const DEVICE_FAULTS: ReadonlySet<ErrorCode> = new Set(['ENGINE_FAILED', 'MODEL_INVALID', 'INTERNAL'])

/**
 * `wanted`: `auto` takes the first that is right and faster. A device that is named is taken where it is right, and an error where
 * it is not; one that fails in the middle of its work is replaced by the processor, with a warning in each report from then on.
 */
export function createDeviceEngine(wanted: Exclude<Device, 'cpu'>, deps: DeviceEngineDeps): Engine {
  const { processor, open, present, possible, trials, int8Share } = deps
  const warnings: Warning[] = []
  const failed = new Set<Accelerator>()
  const engines = new Map<Accelerator, Engine>()

  const engineOn = (device: Accelerator): Engine => {
    const engine = engines.get(device) ?? open(device)
    engines.set(device, engine)
    return engine
  }
  const named = async (device: Accelerator): Promise<Choice> => {
    if (failed.has(device)) return { engine: processor, device: null }
    if (!possible.includes(device)) throw unusable(device, 'there is none on this platform')
    const trial = await trials.find(device, { again: 'faults' })
    if (trial.fault !== null) throw unusable(device, trial.fault)
    return { engine: engineOn(device), device }
  }
  const automatic = async (): Promise<Choice> => {
    for (const device of await present()) {
      if (failed.has(device)) continue
      const trial = await trials.find(device)
      if (trial.fault !== null) {
        failed.add(device)
        warnings.push(unavailable(device, trial.fault))
      } else if (isWorthwhile(trial, await int8Share())) {
        return { engine: engineOn(device), device }
      }
    }
    return { engine: processor, device: null }
  }
  let choosing: Promise<Choice> | null = null
  const choose = (): Promise<Choice> => {
    choosing ??= (wanted === 'auto' ? automatic() : named(wanted)).catch((error: unknown) => {
      choosing = null
      throw error
    })
    return choosing
  }
  /** Calls that failed on the same device at the same time drop it once. The next image is offered to what comes after it. */
  const drop = async (device: Accelerator, error: unknown): Promise<void> => {
    if (failed.has(device)) return
    failed.add(device)
    choosing = null
    const reason = reasonOf(error)
    warnings.push(unavailable(device, reason))
    // What is not installed says nothing about the device.
    if (isDeviceFault(error)) await trials.fail(device, reason)
    await engines.get(device)?.[Symbol.asyncDispose]()
  }
  /** Again on the processor where a device fails: it may be lost, or out of memory. */
  const run = async <T>(
    work: (choice: Choice) => Promise<T>,
  ): Promise<{ readonly result: T; readonly choice: Choice }> => {
    const choice = await choose()
    const { device } = choice
    try {
      return { result: await work(choice), choice }
    } catch (error) {
      if (device === null) throw error
      if (!isDeviceFault(error) && !(wanted === 'auto' && isMissing(error))) throw explained(device, error)
      const instead: Choice = { engine: processor, device: null }
      // Where this fails, too, the image or its model is the cause, and the device stays.
      const result = await work(instead)
      await drop(device, error)
      return { result, choice: instead }
    }
  }

  return {
    specVersion: 1,
    id: processor.id,
    produces: processor.produces,
    async warm(request, ctx) {
      await run(({ engine, device }) => engine.warm(requestOn(device, request), ctx))
    },
    async segment(picture, request, ctx): Promise<Segmentation> {
      const { result, choice } = await run(async ({ engine, device }) => {
        const found = await engine.segment(picture, requestOn(device, request), ctx)
        if (device !== null) checkNumbers(found)
        return found
      })
      const { device } = choice
      const unmet = device !== null && request.precision === 'int8' ? [inFloats(device)] : []
      return {
        ...result,
        precision: device === null ? result.precision : `${result.precision} on ${device}`,
        warnings: [...warnings, ...unmet, ...result.warnings],
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([processor, ...engines.values()].map((engine) => engine[Symbol.asyncDispose]()))
    },
  }
}

/** Accelerators compute with floats: an int8 graph would run on the processor. */
function requestOn(device: Accelerator | null, request: EngineRequest): EngineRequest {
  return device === null ? request : { ...request, precision: 'fp32' }
}

/** A device may be right in its trial, and still lose numbers of a large network. Errors: ENGINE_FAILED. */
function checkNumbers({ alpha }: Segmentation): void {
  if (alpha.data.some(Number.isNaN)) {
    throw new KoutuError('ENGINE_FAILED', { detail: 'its answer holds values that are no numbers' })
  }
}

function isDeviceFault(error: unknown): boolean {
  return !isKoutuError(error) || DEVICE_FAULTS.has(error.code)
}

function isMissing(error: unknown): boolean {
  return isKoutuError(error) && (error.code === 'MODEL_MISSING' || error.code === 'MODEL_CORRUPT')
}

/** A missing model with the reason why the one that is there will not do. */
function explained(device: Accelerator, error: unknown): unknown {
  if (!isKoutuError(error) || error.code !== 'MODEL_MISSING') return error
  const detail = `${ACCELERATOR_FACTS[device].name} needs the weights in floats: ${reasonOf(error)}`
  return new KoutuError('MODEL_MISSING', { detail, data: error.data, cause: error })
}

function unusable(device: Accelerator, reason: string): KoutuError {
  const { name, help } = ACCELERATOR_FACTS[device]
  const detail = `${name} could not be used: ${reason}. ${help}. koutu doctor --device shows what was found; --device auto uses the processor where nothing else works`
  return new KoutuError('ENGINE_UNAVAILABLE', { detail, data: { device } })
}

function unavailable(device: Accelerator, reason: string): Warning {
  return { code: 'device-unavailable', message: `${ACCELERATOR_FACTS[device].name} could not be used: ${reason}.` }
}

function inFloats(device: Accelerator): Warning {
  const message = `${ACCELERATOR_FACTS[device].name} runs networks in floats, so it did not run in int8.`
  return { code: 'precision-unavailable', message }
}
