// The reference's parameters and their examples, each as the options of ours that it means.

import { isKoutuError } from '@koutu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveClientOptions } from '../../intake/cutout-options.ts'
import { codeOf } from './errors.ts'
import { type ParamContext, type Texts, toParams } from './params.ts'
import { typeAt } from './type.ts'

const CONTEXT: ParamContext = {
  picture: { width: 800, height: 600 },
  hasBackgroundPicture: false,
  isStrict: false,
}
const optionsOf = (texts: Texts, context: Partial<ParamContext> = {}) =>
  toParams(texts, { ...CONTEXT, ...context }).options

const PX = (value: number) => ({ value, unit: 'px' })
const PERCENT = (value: number) => ({ value, unit: '%' })
const color = (text: string) => ({ background: { type: 'color', color: text } })

describe('toParams', () => {
  it.each([
    [{}, {}],
    [{ size: 'preview' }, { maxOutputPixels: 250_000 }],
    [{ size: 'small' }, { maxOutputPixels: 250_000 }],
    [{ size: 'regular' }, { maxOutputPixels: 250_000 }],
    [{ size: 'medium' }, { maxOutputPixels: 1_500_000 }],
    [{ size: 'hd' }, { maxOutputPixels: 4_000_000 }],
    [{ size: 'full' }, {}],
    [{ size: '4k' }, {}],
    [{ size: '50MP' }, {}],
    [{ size: 'auto' }, {}],
    [{ format: 'png' }, { format: 'png' }],
    [{ format: 'webp' }, { format: 'webp' }],
    [{ format: 'zip' }, { format: 'zip' }],
    [{ format: 'jpg' }, { format: 'jpeg', ...color('#ffffff') }],
    [
      { format: 'jpg', bg_color: 'abc' },
      { format: 'jpeg', ...color('#aabbcc') },
    ],
    [
      { format: 'jpg', bg_color: '#00000080' },
      { format: 'jpeg', ...color('#7f7f7f') },
    ],
    [{ bg_color: '81d4fa' }, { format: 'jpeg', ...color('#81d4fa') }],
    [{ bg_color: '81D4FA77' }, color('#81d4fa77')],
    [{ bg_color: '#fff' }, { format: 'jpeg', ...color('#ffffff') }],
    [{ bg_color: 'Green' }, { format: 'jpeg', ...color('#008000') }],
    [{ bg_color: 'transparent' }, {}],
    [{ channels: 'rgba' }, {}],
    [{ channels: 'alpha' }, { mask: true }],
    [
      { channels: 'alpha', bg_color: 'red', format: 'jpg' },
      { mask: true, format: 'jpeg' },
    ],
    [
      { channels: 'alpha', format: 'zip' },
      { format: 'zip', decontaminate: false },
    ],
    [{ roi: '0% 0% 100% 100%' }, {}],
    [{ roi: '0 0 100% 100%' }, {}],
    [{ roi: '10px 20px 300px 400px' }, { roi: { left: 10, top: 20, width: 290, height: 380, unit: 'px' } }],
    [{ roi: '25% 50% 700px 100%' }, { roi: { left: 200, top: 300, width: 500, height: 300, unit: 'px' } }],
    [{ crop: 'true' }, { crop: true }],
    [{ crop: 'false' }, {}],
    [
      { crop: 'true', crop_margin: '0' },
      { crop: true, margin: PX(0) },
    ],
    [
      { crop: 'true', crop_margin: '30px' },
      { crop: true, margin: PX(30) },
    ],
    [
      { crop: 'true', crop_margin: '10% 5px' },
      { crop: true, margin: [PERCENT(10), PX(5)] },
    ],
    [
      { crop: 'true', crop_margin: '1px 2% 3 4%' },
      { crop: true, margin: [PX(1), PERCENT(2), PX(3), PERCENT(4)] },
    ],
    [
      { crop: 'true', crop_margin: '80% 700px' },
      { crop: true, margin: [PERCENT(50), PX(500)] },
    ],
    [{ crop_margin: '10px' }, {}],
    [{ scale: 'original' }, {}],
    [{ scale: '10%' }, { scale: 10 }],
    [{ scale: '100%' }, { scale: 100 }],
    [{ position: 'original' }, { position: 'original' }],
    [{ position: 'center' }, { position: 'center' }],
    [{ position: '20%' }, { position: { x: 20, y: 20 } }],
    [{ position: '0% 87.5%' }, { position: { x: 0, y: 87.5 } }],
    [{ add_shadow: 'true' }, { shadow: 'drop' }],
    [{ shadow_type: 'none' }, {}],
    [
      { shadow_type: '3D', shadow_opacity: '35' },
      { shadow: 'drop', shadowOpacity: 0.35 },
    ],
    [{ shadow_opacity: '35' }, {}],
    [{ semitransparency: 'true' }, {}],
    [{ semitransparency: 'false' }, { fillHoles: true }],
    [{ type: 'no such kind', nonsense: 'x' }, {}],
  ])('%j', (texts: Texts, options: object) => {
    expect(optionsOf(texts)).toEqual({ format: 'png', ...options })
  })

  it('lets an image behind decide the format, which brings no color of its own', () => {
    expect(optionsOf({}, { hasBackgroundPicture: true })).toEqual({ format: 'jpeg' })
    expect(optionsOf({ format: 'jpg' }, { hasBackgroundPicture: true })).toEqual({ format: 'jpeg' })
    expect(toParams({ channels: 'alpha' }, { ...CONTEXT, hasBackgroundPicture: true }).usesBackground).toBe(false)
  })

  it.each([
    [undefined, 'png', 0.25],
    ['medium', 'png', 1.5],
    ['hd', 'zip', 4],
    ['full', 'zip', 25],
    ['full', 'png', 10],
    ['4k', 'webp', 25],
    ['50MP', 'jpg', 50],
    ['50MP', 'png', 10],
    ['auto', 'jpg', 25],
    ['auto', 'png', 10],
  ])('strictly, size %s as %s has at most %d megapixels', (size, format, megapixels) => {
    const params = toParams({ ...(size ? { size } : {}), format }, { ...CONTEXT, isStrict: true })
    expect(params.options.maxOutputPixels).toBe(megapixels * 1e6)
    expect(params.maxPixels).toBe(format === 'png' ? 10e6 : 50e6)
  })

  it.each([
    [{ size: 'giant' }, 'invalid_size'],
    [{ format: 'gif' }, 'invalid_format'],
    [{ channels: 'rgb' }, 'invalid_channels'],
    [{ bg_color: 'no color' }, 'invalid_bg_color'],
    [{ bg_color: '#12345' }, 'invalid_bg_color'],
    [{ roi: '0 0 100%' }, 'invalid_roi'],
    [{ roi: '0 0 10em 10em' }, 'invalid_roi'],
    [{ roi: '0 0 801px 600px' }, 'roi_exceeds_bounds'],
    [{ roi: '-1px 0 100% 100%' }, 'roi_exceeds_bounds'],
    [{ roi: '0 0 100% 101%' }, 'roi_exceeds_bounds'],
    [{ roi: '10px 10px 10px 50px' }, 'roi_region_empty'],
    [{ roi: '50% 0 40% 100%' }, 'roi_region_empty'],
    [{ crop: 'true', crop_margin: '1px 2px 3px' }, 'invalid_crop_margin'],
    [{ crop: 'true', crop_margin: '-5px' }, 'invalid_crop_margin'],
    [{ crop_margin: 'wide' }, 'invalid_crop_margin'],
    [{ scale: '9%' }, 'invalid_scale'],
    [{ scale: '101%' }, 'invalid_scale'],
    [{ scale: 'half' }, 'invalid_scale'],
    [{ position: 'left' }, 'invalid_position'],
    [{ position: '101%' }, 'invalid_position'],
    [{ position: '1% 2% 3%' }, 'invalid_position'],
    [{ semitransparency: 'maybe' }, 'invalid_semitransparency'],
    [{ shadow_opacity: '101' }, 'invalid_shadow_opacity'],
  ])('%j is %s', (texts: Texts, code) => {
    const refused = (): unknown => {
      try {
        return optionsOf(texts)
      } catch (error) {
        return isKoutuError(error) && codeOf(error)
      }
    }
    expect(refused()).toBe(code)
  })
})

describe('any text at all', () => {
  const token = fc.oneof(
    fc.constantFrom(
      'px',
      '%',
      '#',
      '-',
      '+',
      '.',
      ' ',
      'true',
      'false',
      'original',
      'center',
      'none',
      'auto',
      'zip',
      'alpha',
    ),
    fc.constantFrom(
      'red',
      'jpg',
      '0',
      '1',
      '50%',
      '100%',
      '10px',
      '500px',
      'fff',
      'abcdef80',
      '1e9',
      'Infinity',
      '__proto__',
    ),
    fc.nat(1e9).map(String),
    fc.string({ maxLength: 4 }),
  )
  const text = fc.array(token, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join('').trim())
  const names = ['size', 'type', 'type_level', 'format', 'roi', 'crop', 'crop_margin', 'scale', 'position', 'channels']
  const more = ['add_shadow', 'shadow_type', 'shadow_opacity', 'semitransparency', 'bg_color']

  it('is a refusal of this protocol, or options that the server takes', () => {
    const policy = { limits: { maxBytes: 1e6, maxPixels: 1e6, maxFrames: 10 }, engines: ['onnx'] }
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names, ...more), text), fc.boolean(), (texts, isStrict) => {
        try {
          const given = Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== ''))
          resolveClientOptions(toParams(given, { ...CONTEXT, isStrict }).options, policy, false)
        } catch (error) {
          expect(isKoutuError(error) && error.data.removebg, String(error)).toMatch(/^(invalid|roi)_/)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

describe('typeAt', () => {
  it.each([
    [undefined, undefined, 'other'],
    ['person', undefined, 'person'],
    ['Product', '1', 'product'],
    ['animal', '2', 'animal'],
    ['car', 'latest', 'car'],
    ['car_interior', '1', 'car'],
    ['car_interior', '2', 'car_interior'],
    ['car_part', 'latest', 'car_part'],
    ['graphic', '1', 'other'],
    ['graphic', '2', 'graphics'],
    ['transportation', '1', 'other'],
    ['transportation', 'latest', 'transportation'],
    ['auto', '2', 'other'],
    ['constructor', '1', 'other'],
    ['car', 'none', null],
  ])('%s at level %s is %s', (type, level, told) => {
    expect(typeAt(type, level)).toBe(told)
  })
})
