// Maps the parameters of rembg's server to our options. Pure. Parameters for what koutu always does are validated and have no
// effect.

import { excerpt } from '@koutu/core'
import type { ModelInfo } from '../../ports/ports.ts'
import { type Fault, invalid } from './errors.ts'

export interface Param {
  readonly where: 'query' | 'body'
  readonly text: string
}
export type Params = Readonly<Record<string, Param>>

/** rembg's models: the same one here first, then those that come nearest to it. The server's own is the last resort. */
const MODELS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  u2net: ['u2net'],
  u2netp: ['u2netp', 'u2net'],
  u2net_human_seg: ['u2net_human_seg', 'birefnet-portrait', 'modnet'],
  u2net_cloth_seg: ['u2net_cloth_seg'],
  silueta: ['silueta', 'u2net'],
  'isnet-general-use': ['isnet-general-use'],
  'isnet-anime': ['isnet-anime'],
  'birefnet-general': ['birefnet-general', 'birefnet-hr', 'birefnet-lite'],
  'birefnet-general-lite': ['birefnet-lite', 'birefnet-general'],
  'birefnet-portrait': ['birefnet-portrait', 'birefnet-general', 'birefnet-lite'],
  'birefnet-dis': ['birefnet-dis', 'birefnet-general', 'birefnet-lite'],
  'birefnet-hrsod': ['birefnet-hrsod', 'birefnet-hr', 'birefnet-general', 'birefnet-lite'],
  'birefnet-cod': ['birefnet-cod', 'birefnet-general', 'birefnet-lite'],
  'birefnet-massive': ['birefnet-massive', 'birefnet-general', 'birefnet-lite'],
  'bria-rmbg': ['rmbg-2.0', 'rmbg-1.4', 'birefnet-general', 'birefnet-lite'],
  'ben2-base': ['ben2-base', 'birefnet-general', 'birefnet-lite'],
}
/** It finds what points and boxes mark, which hints do here, with whichever model. */
const PROMPTED_MODEL = 'sam'

/** Options for `resolveClientOptions`. Errors: INVALID_OPTIONS, with every parameter that is wrong. */
export function toOptions(params: Params, models: readonly ModelInfo[]): Readonly<Record<string, unknown>> {
  const faults: Fault[] = []
  const read = <T>(name: string, reader: (text: string) => T | Omit<Fault, 'loc' | 'input'>): T | null => {
    const param = params[name]
    if (param === undefined || param.text === '') return null
    const value = reader(param.text)
    if (!isFault(value)) return value
    const { type, msg, ctx } = value
    faults.push({ type, loc: [param.where, name], msg, input: excerpt(param.text), ...(ctx ? { ctx } : {}) })
    return null
  }
  const model = read('model', (text) => modelOf(text, models))
  read('a', boolOf)
  read('af', (text) => intOf(text, 255))
  read('ab', (text) => intOf(text, 255))
  read('ae', (text) => intOf(text, Number.POSITIVE_INFINITY))
  read('vm', boolOf)
  const isMask = read('om', boolOf)
  const isHard = read('ppm', boolOf)
  const decontaminate = read('dc', boolOf)
  const color = read('bgc', colorOf)
  const prompts = params.model?.text === PROMPTED_MODEL ? promptsOf(params.extras?.text) : {}
  if (faults.length > 0) throw invalid(faults)
  return {
    format: 'png',
    ...(model === null || model === '' ? {} : { model }),
    ...(isMask ? { mask: true } : {}),
    ...(isHard ? { hardMask: true } : {}),
    ...(decontaminate === null ? {} : { decontaminate }),
    ...(color === null || isMask ? {} : { background: { type: 'color', color } }),
    ...prompts,
  }
}

type Wrong = Omit<Fault, 'loc' | 'input'>

function isFault(value: unknown): value is Wrong {
  return typeof value === 'object' && value !== null && 'msg' in value
}

/** Empty for the server's own. */
function modelOf(text: string, models: readonly ModelInfo[]): string | Wrong {
  const here = models.filter(({ isHere }) => isHere).map(({ id }) => id)
  if (here.includes(text)) return text
  if (text === PROMPTED_MODEL) return ''
  if (Object.hasOwn(MODELS, text)) return MODELS[text]!.find((id) => here.includes(id)) ?? ''
  const names = [...new Set([...here, ...Object.keys(MODELS), PROMPTED_MODEL])]
  const expected = names.map((name) => `'${name}'`).join(' or ')
  return { type: 'literal_error', msg: `Input should be ${expected}`, ctx: { expected } }
}

/** The model of ours that the client named, where it is not on this server. */
export function missingModel(params: Params, models: readonly ModelInfo[]): string | null {
  const own = MODELS[params.model?.text ?? '']?.[0]
  return models.some(({ id, isHere }) => id === own && !isHere) ? own! : null
}

/** What a client is told where `used` stood in for the model it asked for; null where it did not. */
export function substitution(params: Params, used: string): string | null {
  const asked = params.model?.text
  if (!asked || asked === PROMPTED_MODEL || asked === used || MODELS[asked]?.[0] === used) return null
  return `the model ${asked} is not installed on this server; ${used} was used`
}

/** rembg reads the model from the form and ignores the query: from there it is taken where it is known. */
export function withKnownModel(params: Params, models: readonly ModelInfo[]): Params {
  const { model, ...rest } = params
  const isKnown = model !== undefined && typeof modelOf(model.text, models) === 'string'
  return isKnown ? params : rest
}

const TRUE: ReadonlySet<string> = new Set(['1', 'on', 't', 'true', 'y', 'yes'])
const FALSE: ReadonlySet<string> = new Set(['0', 'off', 'f', 'false', 'n', 'no'])

function boolOf(text: string): boolean | Wrong {
  const word = text.toLowerCase()
  if (TRUE.has(word)) return true
  if (FALSE.has(word)) return false
  return { type: 'bool_parsing', msg: 'Input should be a valid boolean, unable to interpret input' }
}

function intOf(text: string, most: number): number | Wrong {
  if (!/^[+-]?\d{1,15}$/.test(text.trim())) {
    return { type: 'int_parsing', msg: 'Input should be a valid integer, unable to parse string as an integer' }
  }
  const value = Number(text)
  if (value < 0) {
    return { type: 'greater_than_equal', msg: 'Input should be greater than or equal to 0', ctx: { ge: 0 } }
  }
  if (value > most) {
    return { type: 'less_than_equal', msg: `Input should be less than or equal to ${most}`, ctx: { le: most } }
  }
  return value
}

function colorOf(text: string): string | Wrong {
  const values = text.split(',').map((part) => (/^\s*\d{1,3}\s*$/.test(part) ? Number(part) : Number.NaN))
  if (![3, 4].includes(values.length) || !values.every((value) => value <= 255)) {
    return { type: 'value_error', msg: 'Value error, expected r,g,b,a of 0 to 255' }
  }
  return `#${values.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

interface Prompts {
  readonly roi?: object
  readonly keep?: object
  readonly erase?: object
}

type Point = readonly [number, number]

/** Points of label 1 are kept, of label 0 erased; the subject is looked for within all boxes. What cannot be read is ignored, as rembg does. */
function promptsOf(extras: string | undefined): Prompts {
  const [kept, erased, corners]: [Point[], Point[], Point[]] = [[], [], []]
  for (const { type, data, label } of promptList(extras)) {
    const numbers = Array.isArray(data) ? data.map(Number) : []
    if (!numbers.every(Number.isFinite)) continue
    const [x1, y1, x2, y2] = numbers as [number, number, number, number]
    if (type === 'point' && numbers.length === 2) (Number(label) === 0 ? erased : kept).push([x1, y1])
    else if (type === 'rectangle' && numbers.length === 4) corners.push([x1, y1], [x2, y2])
  }
  return {
    ...strokes('keep', kept),
    ...strokes('erase', erased),
    ...(corners.length > 0 ? regionAround(corners) : {}),
  }
}

interface Prompt {
  readonly type?: unknown
  readonly data?: unknown
  readonly label?: unknown
}

function promptList(extras: string | undefined): readonly Prompt[] {
  try {
    const { sam_prompt: list } = JSON.parse(extras ?? '{}') as { sam_prompt?: unknown }
    return Array.isArray(list) ? list.filter((one) => typeof one === 'object' && one !== null) : []
  } catch {
    return []
  }
}

function strokes(name: 'keep' | 'erase', points: readonly Point[]): Prompts {
  if (points.length === 0) return {}
  return { [name]: { type: 'strokes', unit: 'px', strokes: points.map((point) => ({ points: [point] })) } }
}

function regionAround(corners: readonly Point[]): Prompts {
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)]
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top]
  return width > 0 && height > 0 ? { roi: { left, top, width, height, unit: 'px' } } : {}
}
