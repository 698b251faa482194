// Which of the folder's graphs a request means. Pure.

import { KoutuError } from '@koutu/core/errors'
import type { EngineRequest } from '@koutu/core/options'
import type { Warning } from '@koutu/core/ports'
import type { AssetModel } from '../files/manifest.ts'
import type { Candidate } from './provider.ts'

export interface Choice {
  readonly model: AssetModel
  readonly warnings: readonly Warning[]
}

/** WebAssembly has the faster integers, WebGPU knows floats only, half precision on some devices. Errors: MODEL_MISSING, MODEL_UNKNOWN. */
export function chooseModel(
  models: readonly AssetModel[],
  { model: { name }, precision: wanted, quality }: EngineRequest,
  { name: device, hasHalves }: Pick<Candidate, 'name' | 'hasHalves'>,
): Choice {
  const named = models.filter(({ id }) => id === name)
  if (named.length === 0) {
    const names = [...new Set(models.map(({ id }) => id))].join(', ') || 'no model'
    throw new KoutuError('MODEL_MISSING', {
      detail: `the served files hold ${names}, not '${name}'; koutu browser-assets adds it with --model ${name}`,
    })
  }
  const fastest = device === 'webgpu' ? (hasHalves ? ['fp16', 'fp32'] : ['fp32']) : ['int8', 'fp32']
  const order = [...(wanted === 'auto' ? fastest : [wanted]), 'fp32', 'int8']
  const rank = ({ precision, isFast }: AssetModel) =>
    2 * order.indexOf(precision) + Number(isFast !== (quality === 'fast'))
  const usable = named.filter(({ precision }) => order.includes(precision))
  const [model] = usable.toSorted((a, b) => rank(a) - rank(b)) as [AssetModel]
  return { model, warnings: wanted === 'auto' || model.precision === wanted ? [] : [otherPrecision(model, wanted)] }
}

function otherPrecision({ id, precision }: AssetModel, wanted: string): Warning {
  return {
    code: 'precision-unavailable',
    message: `The served files hold no ${wanted} graph of '${id}', so it ran in ${precision}.`,
  }
}
