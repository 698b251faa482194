import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { parseColor } from '../compose/color.ts'
import { isKoutuError, type KoutuError } from '../errors/koutu-error.ts'
import { decodeOptions, describeOptions, type OptionDescriptor } from './describe.ts'
import { groupOptions } from './grouped.ts'
import { engineOption, LOCAL_ENGINE, Options } from './options.ts'
import { resolveOptions, resolveWith } from './resolve.ts'
import { RunOptions } from './run-options.ts'

const descriptors = [...describeOptions(Options), ...describeOptions(RunOptions)]

function thrown(work: () => unknown): KoutuError {
  try {
    work()
  } catch (error) {
    if (isKoutuError(error)) return error
    throw error
  }
  throw new Error('expected an error')
}

describe('the option schema', () => {
  it('gives every option a title, one sentence of help and a unique flag', () => {
    for (const { key, info } of descriptors) {
      expect(info.title, key).not.toBe('')
      expect(info.help, key).toMatch(/^[A-Z].*[^.]\.$/)
    }
    expect(new Set(descriptors.map(({ flag }) => flag)).size).toBe(descriptors.length)
  })

  it('resolves nothing to the defaults, and JSON Schema states the same defaults', () => {
    const schema = z.toJSONSchema(Options, { io: 'input', unrepresentable: 'any' }) as {
      properties: Record<string, { default?: unknown }>
    }
    const resolved = resolveOptions({}) as Record<string, unknown>
    for (const [key, property] of Object.entries(schema.properties))
      expect(resolved[key], key).toEqual(property.default)
  })

  it('puts each option into the group that it is shown in, and leaves what is another engine’s to that engine', () => {
    const engine = engineOption([LOCAL_ENGINE, { id: 'service', about: 'a service' }])
    const schema = Options.extend({ engine, serviceRegion: z.string().optional() })
    const resolved = resolveOptions({ engine: 'service', serviceRegion: 'here', crop: true }, schema)
    const { engine: chosen, subject, ...groups } = groupOptions(resolved)
    expect(chosen).toEqual({ id: 'service', options: { serviceRegion: 'here' } })
    expect(subject.model.name).toBe(resolved.model)
    const shown = Object.groupBy(describeOptions(Options), ({ info }) => info.group)
    for (const [name, group] of Object.entries(groups))
      expect(Object.keys(group), name).toEqual(shown[name as 'edge']?.map(({ key }) => key))
    const grouped = new Set([...Object.keys(groups), 'subject', 'model'])
    expect(Object.keys(shown).filter((name) => !grouped.has(name))).toEqual([])
  })

  it('names every problem at once, with what came', () => {
    const error = thrown(() => resolveOptions({ lossyQuality: 0, cropThreshold: 2, nonsense: 1 } as never))
    expect(error.code).toBe('INVALID_OPTIONS')
    const paths = (error.data.problems as { path: string }[]).map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(['lossyQuality', 'cropThreshold']))
    expect(error.message).toContain('nonsense')
    expect(error.message).toContain('received 2')
  })

  it('refuses what a zip and a psd do not hold', () => {
    for (const format of ['zip', 'psd'] as const)
      expect(thrown(() => resolveOptions({ format, mask: true })).code).toBe('INVALID_OPTIONS')
    expect(resolveOptions({ format: 'psd', background: { type: 'blur' } }).format).toBe('psd')
  })

  it('refuses holes both kept and filled', () => {
    expect(thrown(() => resolveOptions({ keepHoles: true, fillHoles: true })).code).toBe('INVALID_OPTIONS')
  })

  it('refuses jpeg without a background and takes it with one, or as a mask', () => {
    for (const background of [{ type: 'transparent' }, { type: 'color', color: '#fff8' }] as const) {
      expect(thrown(() => resolveOptions({ format: 'jpeg', background })).code).toBe('INVALID_OPTIONS')
    }
    expect(resolveOptions({ format: 'jpeg', background: { type: 'color', color: '#fff' } }).format).toBe('jpeg')
    expect(resolveOptions({ format: 'jpeg', mask: true }).format).toBe('jpeg')
  })
})

describe('flags', () => {
  it('turn off what is on by default', () => {
    expect(descriptors.find(({ key }) => key === 'decontaminate')!.flag).toBe('--no-decontaminate')
  })
})

describe('decodeOptions', () => {
  it('reads each text form', () => {
    expect(
      decodeOptions(descriptors, {
        background: '#0F08',
        margin: '5%',
        crop: true,
        lossyQuality: '80',
        modelMean: '0.5, 0.5,1',
        format: 'webp',
      }),
    ).toEqual({
      background: { type: 'color', color: '#0F08' },
      margin: { value: 5, unit: '%' },
      crop: true,
      lossyQuality: 80,
      modelMean: [0.5, 0.5, 1],
      format: 'webp',
    })
    const shares = { shadowOpacity: '50%', cropThreshold: '5 %', hardMaskThreshold: '.25' }
    expect(decodeOptions(descriptors, shares)).toEqual({
      shadowOpacity: 0.5,
      cropThreshold: 0.05,
      hardMaskThreshold: 0.25,
    })
    expect(() => decodeOptions(descriptors, { feather: '5%' })).toThrow('with or without a unit')
    expect(decodeOptions(descriptors, { background: 'blur' })).toEqual({ background: { type: 'blur' } })
    expect(decodeOptions(descriptors, { background: 'beach.jpg' })).toEqual({
      background: { type: 'picture', source: 'beach.jpg' },
    })
    expect(decodeOptions(descriptors, { roi: '10, 20,300px,200', speckArea: '0.01%' })).toEqual({
      roi: { left: 10, top: 20, width: 300, height: 200, unit: 'px' },
      speckArea: { value: 0.01, unit: '%' },
    })
    expect(decodeOptions(descriptors, { subjects: ' Largest' })).toEqual({ subjects: 'largest' })
    expect(decodeOptions(descriptors, { subjects: '2' })).toEqual({ subjects: 2 })
    expect(decodeOptions(descriptors, { roi: '-5%,0%,50.5%,100%' })).toEqual({
      roi: { left: -5, top: 0, width: 50.5, height: 100, unit: '%' },
    })
    expect(decodeOptions(descriptors, { keep: '12,8 14,9.5@6; 40,50', erase: 'marks.png' })).toEqual({
      keep: {
        type: 'strokes',
        unit: 'px',
        strokes: [
          {
            points: [
              [12, 8],
              [14, 9.5],
            ],
            radius: 6,
          },
          { points: [[40, 50]] },
        ],
      },
      erase: { type: 'picture', source: 'marks.png' },
    })
    expect(decodeOptions(descriptors, { keep: '10%,20% 30%,40%@2%' })).toEqual({
      keep: {
        type: 'strokes',
        unit: '%',
        strokes: [
          {
            points: [
              [10, 20],
              [30, 40],
            ],
            radius: 2,
          },
        ],
      },
    })
    const confined = decodeOptions(descriptors, { keep: '1,2@3 in 0,0,50,40; 5,6 IN 7px,8,9,10' })
    expect(confined.keep).toMatchObject({
      unit: 'px',
      strokes: [
        { points: [[1, 2]], radius: 3, within: [0, 0, 50, 40] },
        { points: [[5, 6]], within: [7, 8, 9, 10] },
      ],
    })
    expect(decodeOptions(descriptors, { margin: '12px' })).toEqual({ margin: { value: 12, unit: 'px' } })
    const px = (value: number) => ({ value, unit: 'px' })
    expect(decodeOptions(descriptors, { margin: '10px 5%' })).toEqual({ margin: [px(10), { value: 5, unit: '%' }] })
    expect(decodeOptions(descriptors, { margin: ' 1 2  3 4' })).toEqual({ margin: [px(1), px(2), px(3), px(4)] })
    expect(decodeOptions(descriptors, { scale: '60%', position: 'Center' })).toEqual({ scale: 60, position: 'center' })
    expect(decodeOptions(descriptors, { scale: '12.5', position: '0% 100' })).toEqual({
      scale: 12.5,
      position: { x: 0, y: 100 },
    })
    expect(decodeOptions(descriptors, { position: '30%' })).toEqual({ position: { x: 30, y: 30 } })
  })

  it.each([
    ['4:5', { width: 4, height: 5, unit: 'ratio' }],
    [' 1.91 : 1 ', { width: 1.91, height: 1, unit: 'ratio' }],
    ['1200x1600', { width: 1200, height: 1600, unit: 'px' }],
    ['1200 × 1600 PX', { width: 1200, height: 1600, unit: 'px' }],
    ['1200px X 1600px', { width: 1200, height: 1600, unit: 'px' }],
  ])('reads the canvas %s', (text, canvas) => {
    expect(decodeOptions(descriptors, { canvas: text })).toEqual({ canvas })
  })

  it('names every text that cannot be read', () => {
    const error = thrown(() =>
      decodeOptions(descriptors, { background: '#12', margin: 'wide', lossyQuality: '0x10', whatever: '1' }),
    )
    expect(error.code).toBe('INVALID_OPTIONS')
    for (const part of ['background: ', 'margin: ', "'wide'", 'lossyQuality: ', 'whatever: '])
      expect(error.message).toContain(part)
  })

  it.each([
    '10,20@',
    '10,20 30',
    '10,20%',
    '10,20@3%',
    '10,20@3@4',
    '10,x',
    '1,2,3 4,5',
    '1,2 in 3,4',
    '1,2 in 3%,4%,5%,6%',
    '1,2 in 1,2,3,4 in 1,2,3,4',
  ])('refuses the strokes %j', (text) => {
    expect(thrown(() => decodeOptions(descriptors, { keep: text })).message).toContain('keep: Expected strokes')
  })

  it('limits the parts of the image of all strokes together', () => {
    const dot = (x: number) => ({
      points: [[1, 1]] as [number, number][],
      within: [x, 0, 1, 1] as [number, number, number, number],
    })
    const keep = (count: number) => ({
      type: 'strokes' as const,
      strokes: Array.from({ length: count }, (_, x) => dot(x)),
    })
    expect(resolveOptions({ keep: keep(20) }).keep?.type).toBe('strokes')
    expect(thrown(() => resolveOptions({ keep: keep(21) })).message).toContain('20 different parts')
  })

  it('limits the points of all strokes together', () => {
    const points = (count: number) => Array.from({ length: count }, (): [number, number] => [1, 1])
    const keep = (count: number) => ({
      type: 'strokes' as const,
      strokes: [{ points: points(count) }, { points: points(1) }],
    })
    expect(resolveOptions({ keep: keep(4999) }).keep?.type).toBe('strokes')
    expect(thrown(() => resolveOptions({ keep: keep(5000) })).message).toContain('5000 points')
  })

  it.each<[key: string, text: string]>([
    ['subjects', 'two'],
    ['subjects', '1.5'],
    ['subjects', '0'],
    ['subjects', '101'],
    ['margin', '1 2 3'],
    ['margin', '1 2 3 4 5'],
    ['margin', ''],
    ['margin', '1,2'],
    ['scale', 'original'],
    ['scale', '-20'],
    ...['', '4', '4:', ':5', '4:5:6', '4:5px', '1200x', '1200px', 'x', '-1x4', '4 5'].map((text): [string, string] => [
      'canvas',
      text,
    ]),
    ['position', 'left'],
    ['position', '1 2 3'],
    ['position', '-1'],
    ['position', '1 -1'],
    ['position', ''],
  ])('refuses the %s %j', (key, text) => {
    const resolved = () => resolveOptions(decodeOptions(descriptors, { [key]: text }))
    expect(thrown(resolved).code).toBe('INVALID_OPTIONS')
  })

  it('reads a number with each unit that its own unit allows, in any case, and no other', () => {
    const worth: Readonly<Record<string, Readonly<Record<string, number>>>> = {
      px: { '': 1, px: 1, MP: 1e6 },
      '%': { '': 1, '%': 1 },
      bytes: { '': 1, B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
      s: { '': 1, ms: 0.001, s: 1, min: 60, h: 3600 },
      share: { '': 1, '%': 0.01 },
      none: { '': 1 },
    }
    const numbers = descriptors.filter(({ kind, info }) => ['number', 'integer'].includes(kind) && !info.fromText)
    const names = [...new Set(Object.values(worth).flatMap(Object.keys))]
    const someCase = (name: string) => fc.constantFrom(name, name.toLowerCase(), name.toUpperCase())
    fc.assert(
      fc.property(
        fc.constantFrom(...numbers),
        fc.integer({ min: -1000, max: 1000 }),
        fc.constantFrom(...names).chain(someCase),
        fc.constantFrom('', ' '),
        ({ key, info, kind, min, max }, number, unit, space) => {
          const isShare = kind === 'number' && min === 0 && max === 1
          const known = Object.entries(worth[info.unit ?? (isShare ? 'share' : 'none')]!)
          const factor = known.find(([name]) => name.toLowerCase() === unit.toLowerCase())?.[1]
          const decoded = () => decodeOptions(descriptors, { [key]: `${number}${space}${unit}` })[key] as number
          if (factor === undefined) expect(thrown(decoded).code).toBe('INVALID_OPTIONS')
          else expect(decoded()).toBeCloseTo(number * factor, 6)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('reads sizes into whole numbers where the option is one', () => {
    const texts = { maxBytes: '1.1 MB', maxPixels: '40MP', fetchTimeout: '2min', scale: '50%', feather: '1px' }
    expect(resolveOptions(decodeOptions(descriptors, texts))).toMatchObject({
      maxBytes: 1_100_000,
      maxPixels: 40e6,
      fetchTimeout: 120,
      scale: 50,
      feather: 1,
    })
  })

  it('reads choices in any case, and by the endings of their files', () => {
    const formatOf = (text: string) => resolveOptions(decodeOptions(descriptors, { format: text, mask: true })).format
    const expected = { PNG: 'png', jpg: 'jpeg', JPG: 'jpeg', Jpeg: 'jpeg', tif: 'tiff', TIFF: 'tiff', WebP: 'webp' }
    for (const [text, format] of Object.entries(expected)) expect(formatOf(text)).toBe(format)
    expect(thrown(() => formatOf('bmp')).message).toContain('bmp')
    for (const { key, info, choices } of descriptors)
      for (const [alias, choice] of Object.entries(info.aliases ?? {})) {
        expect(choices, key).toContain(choice)
        expect(choices, key).not.toContain(alias)
      }
  })

  it.each([
    { margin: { value: -1, unit: 'px' } },
    { margin: [] },
    { margin: [{ value: 1, unit: 'px' }] },
    { margin: { value: 10_001, unit: '%' } },
    { scale: 9 },
    { scale: 101 },
    { position: { x: 101, y: 0 } },
    { position: { x: 1 } },
    { maxOutputPixels: 0 },
  ])('refuses %j', (options) => {
    expect(thrown(() => resolveOptions(options as never)).code).toBe('INVALID_OPTIONS')
  })

  it.each(['1,2,3', '1,2,3,4,5', '1,2,3%,4', 'a,b,c,d', '1,2,,4'])('refuses the region %j', (text) => {
    expect(thrown(() => decodeOptions(descriptors, { roi: text })).code).toBe('INVALID_OPTIONS')
  })

  it('gives back what a resolved value was written as (decode after encode is identity)', () => {
    const write = (descriptor: OptionDescriptor, value: unknown): string =>
      descriptor.info.toText ? descriptor.info.toText(value as never) : String(value)
    const measure = fc.record({ value: fc.integer({ min: 0, max: 10_000 }), unit: fc.constantFrom('px', '%') })
    const option = fc.record({
      crop: fc.boolean(),
      cropThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
      format: fc.constantFrom('png', 'webp'),
      lossyQuality: fc.integer({ min: 1, max: 100 }),
      margin: fc.oneof(measure, fc.tuple(measure, measure), fc.tuple(measure, measure, measure, measure)),
      background: fc.oneof(
        fc.constant({ type: 'transparent' }),
        fc.constant({ type: 'blur' }),
        fc
          .integer({ min: 0, max: 0xffffff })
          .map((n) => ({ type: 'color', color: `#${n.toString(16).padStart(6, '0')}` })),
      ),
    })
    fc.assert(
      fc.property(option, (value) => {
        const texts = Object.fromEntries(
          Object.entries(value).map(([key, v]) => [key, write(descriptors.find((d) => d.key === key)!, v)]),
        )
        expect(resolveWith(Options, decodeOptions(descriptors, texts))).toEqual(resolveWith(Options, value))
      }),
    )
  })

  it('answers any text with a value or with INVALID_OPTIONS', () => {
    fc.assert(
      fc.property(fc.constantFrom(...descriptors.map(({ key }) => key)), fc.string(), (key, text) => {
        try {
          const values = decodeOptions(descriptors, { [key]: text })
          resolveWith(key in Options.shape ? Options : RunOptions, values)
        } catch (error) {
          expect(isKoutuError(error) && error.code).toBe('INVALID_OPTIONS')
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('parseColor', () => {
  it.each([
    ['#f00', { r: 255, g: 0, b: 0, a: 255 }],
    ['f00', { r: 255, g: 0, b: 0, a: 255 }],
    ['#F008', { r: 255, g: 0, b: 0, a: 136 }],
    ['#01020304', { r: 1, g: 2, b: 3, a: 4 }],
    ['RebeccaPurple', { r: 0x66, g: 0x33, b: 0x99, a: 255 }],
    ['transparent', { r: 0, g: 0, b: 0, a: 0 }],
  ])('%s', (text, expected) => {
    expect(parseColor(text)).toEqual(expected)
  })

  it.each(['', '#', '#12', '#12345', '#1234567', '#gggggg', 'toString', 'photo.jpg'])('refuses %j', (text) => {
    expect(parseColor(text)).toBeNull()
  })
})

describe('an error about options', () => {
  it.each([
    [{ lossyQuality: 0 }, 'lossyQuality', 'Expected at least 1 but received 0'],
    [{ lossyQuality: 101 }, 'lossyQuality', 'Expected at most 100 but received 101'],
    [{ lossyQuality: 9.5 }, 'lossyQuality', 'Expected a whole number but received 9.5'],
    [{ feather: Number.NaN }, 'feather', 'Expected a number but received NaN'],
    [{ feather: Number.POSITIVE_INFINITY }, 'feather', 'Expected a number but received Infinity'],
    [{ crop: 1 }, 'crop', 'Expected true or false but received 1'],
    [{ format: 'pgn' }, 'format', "Expected png, webp, avif, jpeg, tiff, zip or psd but received 'pgn'"],
    [{ model: '' }, 'model', "Expected a value but received ''"],
    [{ background: { type: 'image' } }, 'background.type', 'Expected transparent, color, blur or picture'],
    [{ formt: 'png' }, 'formt', 'Unknown option. Did you mean format?'],
    [{ Crop: true }, 'Crop', 'Unknown option. Did you mean crop?'],
    [{ purple: 1 }, 'purple', 'Unknown option'],
  ])('%j says what was expected, and in words', (options, path, message) => {
    expect(() => resolveOptions(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS', data: { problems: [{ path, message }] } }),
    )
  })

  it('quotes at most 200 characters of a value, and tells of at most 20 problems', () => {
    const color = `#${'0'.repeat(1e6)}`
    const error = thrown(() => resolveOptions({ background: { type: 'color', color } }))
    expect(error.message.length).toBeLessThan(500)
    const unknown = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`maxPixels${i}`, 'x'.repeat(1000)]))
    const strangers = thrown(() => resolveOptions(unknown as object))
    expect(strangers.data.problems).toHaveLength(20)
    expect(strangers.message).toContain('and 30 more')
    expect(strangers.message).not.toContain('xxx')
    const points = Array.from({ length: 3000 }, () => 0) as unknown as [number, number][]
    const many = thrown(() => resolveOptions({ keep: { type: 'strokes', strokes: [{ points }] } }))
    expect(many.message).toContain('and 2980 more')
    expect(JSON.stringify(many).length).toBeLessThan(20_000)
  })
})
