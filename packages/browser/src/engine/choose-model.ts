// Which of the folder's graphs a request means. Pure.

import { KoutuError } from '@koutu/core/errors'
import type { EngineRequest } from '@koutu/core/options'
import type { Warning } from '@koutu/core/ports'
import type { AssetModel } from '../files/manifest.ts'
import type { ProviderName } from './provider.ts'

export interface Choice {
  readonly model: AssetModel
  readonly warnings: readonly Warning[]
}

/** WebAssembly has the faster integers, WebGPU knows floats only. Errors: MODEL_MISSING, MODEL_UNKNOWN. */
export function chooseModel(
  models: readonly AssetModel[],
  { model: { name }, precision: wanted, quality }: EngineRequest,
  provider: ProviderName,
): Choice {
  const named = models.filter(({ id }) => id === name)
  if (named.length === 0) {
    const names = [...new Set(models.map(({ id }) => id))].join(', ') || 'no model'
    throw new KoutuError('MODEL_MISSING', {
      detail: `the served files hold ${names}, not '${name}'; koutu browser-assets adds it with --model ${name}`,
    })
  }
  const precision = wanted === 'auto' ? (provider === 'webgpu' ? 'fp32' : 'int8') : wanted
  const sized = ({ isFast }: AssetModel) => isFast === (quality === 'fast')
  const exact = named.find((model) => model.precision === precision && sized(model))
  const model = exact ?? named.find((model) => model.precision === precision) ?? named.find(sized) ?? named[0]!
  return { model, warnings: wanted === 'auto' || model.precision === wanted ? [] : [otherPrecision(model, wanted)] }
}

function otherPrecision({ id, precision }: AssetModel, wanted: string): Warning {
  return {
    code: 'precision-unavailable',
    message: `The served files hold no ${wanted} graph of '${id}', so it ran in ${precision}.`,
  }
}
