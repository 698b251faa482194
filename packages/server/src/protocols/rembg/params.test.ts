// The parameters of rembg's server, each as the options of ours that it means.

import { isKoutuError } from '@koutu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveClientOptions } from '../../intake/cutout-options.ts'
import { missingModel, type Params, substitution, toOptions, withKnownModel } from './params.ts'

const model = (id: string, isHere: boolean) => ({ id, about: '', license: { id: 'MIT', commercial: 'yes' }, isHere })
const MODELS = [
  model('isnet-general-use', true),
  model('birefnet-lite', true),
  model('u2netp', false),
  model('u2net', false),
]
const query = (texts: Readonly<Record<string, string>>): Params =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { where: 'query', text }]))
const PROMPTS = JSON.stringify({
  sam_prompt: [
    { type: 'point', data: [10, 20], label: 1 },
    { type: 'point', data: [1, 2], label: 0 },
    { type: 'rectangle', data: [5, 6, 50, 60], label: 2 },
    { type: 'rectangle', data: [40, 2, 70, 30], label: 2 },
    { type: 'point', data: ['x', 2], label: 0 },
    'nonsense',
  ],
})

describe('toOptions', () => {
  it.each([
    [{}, {}],
    [{ model: 'u2net' }, {}],
    [{ model: 'isnet-general-use' }, { model: 'isnet-general-use' }],
    [{ model: 'birefnet-general-lite' }, { model: 'birefnet-lite' }],
    [{ model: 'bria-rmbg' }, { model: 'birefnet-lite' }],
    [{ model: 'u2netp' }, {}],
    [{ model: 'u2net_cloth_seg' }, {}],
    [{ a: 'true', af: '255', ab: '0', ae: '15', vm: 'false' }, {}],
    [{ om: 'true' }, { mask: true }],
    [{ om: 'False' }, {}],
    [{ ppm: '1' }, { hardMask: true }],
    [{ dc: 'false' }, { decontaminate: false }],
    [{ dc: 'yes' }, { decontaminate: true }],
    [{ bgc: '255,0,128,64' }, { background: { type: 'color', color: '#ff008040' } }],
    [{ bgc: '0, 0, 0' }, { background: { type: 'color', color: '#000000' } }],
    [{ bgc: '0,0,0,0', om: 'on' }, { mask: true }],
    [{ bgc: '' }, {}],
    [{ extras: PROMPTS }, {}],
    [{ model: 'sam', extras: 'no JSON' }, {}],
    [
      { model: 'sam', extras: PROMPTS },
      {
        keep: { type: 'strokes', unit: 'px', strokes: [{ points: [[10, 20]] }] },
        erase: { type: 'strokes', unit: 'px', strokes: [{ points: [[1, 2]] }] },
        roi: { left: 5, top: 2, width: 65, height: 58, unit: 'px' },
      },
    ],
  ])('%j', (texts: Readonly<Record<string, string>>, options) => {
    expect(toOptions(query(texts), MODELS)).toEqual({ format: 'png', ...options })
  })

  it('takes any text at all, or says what is wrong with it', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '1',
        'true',
        '255',
        '1,2,3',
        '300,0,0',
        'sam',
        'u2net',
        PROMPTS,
        '{"sam_prompt":[{"type":"rectangle","data":[9,9,1e99,"3"]}]}',
      ),
      fc.json({ maxDepth: 3 }).map((json) => `{"sam_prompt":[${json},{"type":"point","data":${json}}]}`),
    )
    const names = ['model', 'a', 'af', 'ab', 'ae', 'om', 'ppm', 'bgc', 'extras', 'dc', 'vm']
    const policy = { limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 }, engines: ['onnx'] }
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), (texts) => {
        try {
          resolveClientOptions(toOptions(query({ model: 'sam', ...texts }), MODELS), policy, false)
        } catch (error) {
          expect(isKoutuError(error) && error.data.faults, String(error)).toBeInstanceOf(Array)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('takes the standard model at its word where it is here', () => {
    expect(toOptions(query({ model: 'u2net' }), [model('u2net', true)])).toMatchObject({ model: 'u2net' })
  })

  it('names all that is wrong, as pydantic does', () => {
    const params: Params = {
      ...query({ model: 'u2netx', a: 'maybe', af: '256', ab: '-1' }),
      ae: { where: 'body', text: '1.5' },
      bgc: { where: 'body', text: '1,2' },
    }
    const thrown = (): unknown => {
      try {
        return toOptions(params, MODELS)
      } catch (error) {
        return isKoutuError(error) && error.data.faults
      }
    }
    const expected = expect.stringMatching(/^'isnet-general-use' or 'birefnet-lite' or .*'bria-rmbg' or .*'sam'$/)
    expect(thrown()).toEqual([
      {
        type: 'literal_error',
        loc: ['query', 'model'],
        msg: expect.stringMatching(/^Input should be 'isnet-general-use' or /),
        input: 'u2netx',
        ctx: { expected },
      },
      {
        type: 'bool_parsing',
        loc: ['query', 'a'],
        msg: 'Input should be a valid boolean, unable to interpret input',
        input: 'maybe',
      },
      {
        type: 'less_than_equal',
        loc: ['query', 'af'],
        msg: 'Input should be less than or equal to 255',
        input: '256',
        ctx: { le: 255 },
      },
      {
        type: 'greater_than_equal',
        loc: ['query', 'ab'],
        msg: 'Input should be greater than or equal to 0',
        input: '-1',
        ctx: { ge: 0 },
      },
      {
        type: 'int_parsing',
        loc: ['body', 'ae'],
        msg: 'Input should be a valid integer, unable to parse string as an integer',
        input: '1.5',
      },
      { type: 'value_error', loc: ['body', 'bgc'], msg: 'Value error, expected r,g,b,a of 0 to 255', input: '1,2' },
    ])
  })
})

it.each([
  ['bria-rmbg', 'birefnet-lite', 'the model bria-rmbg is not installed on this server; birefnet-lite was used'],
  ['u2net', 'isnet-general-use', 'the model u2net is not installed on this server; isnet-general-use was used'],
  ['birefnet-general-lite', 'birefnet-lite', null],
  ['sam', 'isnet-general-use', null],
])('substitution of %s by %s', (model, used, said) => {
  expect(substitution(query({ model }), used)).toBe(said)
})

it('a model in the query that nobody knows is ignored', () => {
  expect(withKnownModel(query({ model: 'nonsense', om: '1' }), MODELS)).toEqual(query({ om: '1' }))
  expect(withKnownModel(query({ model: 'bria-rmbg' }), MODELS)).toEqual(query({ model: 'bria-rmbg' }))
})

it.each([
  ['u2net', 'u2net'],
  ['u2netp', 'u2netp'],
  ['isnet-general-use', null],
  // No model of this catalog.
  ['isnet-anime', null],
  ['sam', null],
  ['__proto__', null],
  ['', null],
])('%j names a model that is missing: %j', (name, missing) => {
  expect(missingModel(query({ model: name }), MODELS)).toBe(missing)
})
