// Structured option values: their schemas and their text forms.

import * as z from 'zod'
import { parseColor } from '../compose/color.ts'
import { MAX_SUBJECTS } from '../matting/subjects/subject-map.ts'
import { numberFromText, splitNumber } from './number-text.ts'

/**
 * A path, a URL, or the bytes of an image file. Bytes are told by their shape, because other realms and packages have classes
 * of their own.
 */
const ImageSource = z.union([
  z.string().min(1),
  z.custom<Uint8Array>((value) => Object.prototype.toString.call(value) === '[object Uint8Array]'),
])

export const Background = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('transparent') }),
  z.strictObject({
    type: z.literal('color'),
    color: z.string().refine((text) => parseColor(text) !== null, {
      error: 'Expected a hex color of 3, 4, 6 or 8 digits, a CSS color name, rgb() or hsl()',
    }),
  }),
  /** The input itself, blurred. */
  z.strictObject({ type: z.literal('blur') }),
  /** Scaled to cover the result. */
  z.strictObject({ type: z.literal('picture'), source: ImageSource }),
])
export type Background = z.infer<typeof Background>

/** In px, or in % of the subject: of its height above and below, of its width at its sides. */
const Measure = z.strictObject({ value: z.number().min(0).max(10_000), unit: z.enum(['px', '%']) })
type Measure = z.infer<typeof Measure>

/** In the order of CSS: one for all; above and below, at both sides; top, right, bottom, left. */
export const Margin = z.union([Measure, z.tuple([Measure, Measure]), z.tuple([Measure, Measure, Measure, Measure])], {
  error: 'Expected a length from 0 to 10000 px or %, or a list of two or four lengths',
})
export type Margin = z.infer<typeof Margin>

/** Where the photo has it, in the middle, or the share in % of the free space that lies left of the subject and above it. */
export const Position = z.union(
  [z.enum(['original', 'center']), z.strictObject({ x: z.number().min(0).max(100), y: z.number().min(0).max(100) })],
  { error: "Expected 'original', 'center', or x and y of 0 to 100 %" },
)
export type Position = z.infer<typeof Position>

/** Sides in px, or their ratio. */
export const Canvas = z.discriminatedUnion('unit', [
  z.strictObject({
    width: z.number().int().min(1).max(10_000),
    height: z.number().int().min(1).max(10_000),
    unit: z.literal('px'),
  }),
  z
    .strictObject({ width: z.number().positive(), height: z.number().positive(), unit: z.literal('ratio') })
    .refine(({ width, height }) => width <= 10 * height && height <= 10 * width, {
      error: 'Expected a ratio from 1:10 to 10:1',
    }),
])
export type Canvas = z.output<typeof Canvas>

/** In pixels, or in % of the image. */
export const Area = z.strictObject({ value: z.number().min(0).max(1e8), unit: z.enum(['px', '%']) })
export type Area = z.infer<typeof Area>

/** In px, or in % of the image's width and height. Clipped to the image. */
export const Region = z.strictObject({
  left: z.number(),
  top: z.number(),
  width: z.number().positive(),
  height: z.number().positive(),
  unit: z.enum(['px', '%']).default('px'),
})
export type Region = z.output<typeof Region>

/** Which of several subjects stay: all, the largest, or a number of the largest. */
export const Subjects = z.union([z.enum(['all', 'largest']), z.number().int().min(1).max(MAX_SUBJECTS)], {
  error: `Expected 'all', 'largest', or a whole number from 1 to ${MAX_SUBJECTS}`,
})
export type Subjects = z.output<typeof Subjects>

/** Strokes have limits, because each costs time: a page that paints for long sends an image. */
const MAX_STROKES = 500
const MAX_POINTS = 5000
const MAX_PARTS = 20

/** What a user marked: strokes of a round brush, or an image. */
export const Hint = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('strokes'),
    /** In px of the upright image, or in % of its width (x), its height (y) and its longer side (radius). */
    unit: z.enum(['px', '%']).default('px'),
    strokes: z
      .array(
        z.strictObject({
          /** x and y; one point is a dot. */
          points: z.array(z.tuple([z.number(), z.number()])).min(1),
          /** 1 % of the longer side where it is not given. */
          radius: z.number().positive().max(2000).optional(),
          /** Left, top, width and height of the part that the stroke may change; the whole image where it is not given. */
          within: z.tuple([z.number(), z.number(), z.number().positive(), z.number().positive()]).optional(),
        }),
      )
      .min(1)
      .max(MAX_STROKES)
      .refine((strokes) => strokes.reduce((sum, { points }) => sum + points.length, 0) <= MAX_POINTS, {
        error: `Expected at most ${MAX_POINTS} points in all strokes together`,
      })
      .refine((strokes) => new Set(strokes.map(({ within }) => String(within))).size <= MAX_PARTS, {
        error: `Expected at most ${MAX_PARTS} different parts of the image in all strokes together`,
      }),
  }),
  /** Of the photo's shape. Marked is what is not transparent; where nothing is transparent, what is bright. */
  z.strictObject({ type: z.literal('picture'), source: ImageSource }),
])
export type Hint = z.output<typeof Hint>

export function backgroundFromText(text: string): Background {
  const name = text.trim().toLowerCase()
  if (name === 'transparent' || name === 'blur') return { type: name }
  if (parseColor(text)) return { type: 'color', color: text }
  if (/^(#|rgba?\(|hsla?\()/i.test(text.trim()))
    throw new Error(`expected a hex color of 3, 4, 6 or 8 digits, rgb() or hsl() but received '${text}'`)
  return { type: 'picture', source: text }
}

export function measureFromText(text: string): Measure {
  const number = splitNumber(text)
  if (!number || !['', 'px', '%'].includes(number.unit))
    throw new Error(
      `expected a number of pixels such as 20 or 20px, or a percentage such as 5%, but received '${text}'`,
    )
  return { value: number.value, unit: number.unit === '%' ? '%' : 'px' }
}

export function measureToText({ value, unit }: Measure): string {
  return `${value}${unit}`
}

export function marginFromText(text: string): Margin {
  const measures = text.trim().split(/\s+/).map(measureFromText)
  const [first, second, third, fourth] = measures as [Measure, Measure, Measure, Measure]
  if (measures.length === 1) return first
  if (measures.length === 2) return [first, second]
  if (measures.length === 4) return [first, second, third, fourth]
  throw new Error(`expected one, two or four lengths such as 5%, '5% 10px' or '1 2 3 4', but received '${text}'`)
}

export function marginToText(margin: Margin): string {
  return Array.isArray(margin) ? margin.map(measureToText).join(' ') : measureToText(margin)
}

export function positionFromText(text: string): Position {
  const name = text.trim().toLowerCase()
  if (name === 'original' || name === 'center') return name
  const shares = name.split(/\s+/)
  if (shares.length > 2 || !shares.every((share) => /^\d/.test(share)))
    throw new Error(`expected original, center, or one or two percentages such as '0% 100%', but received '${text}'`)
  const [x, y] = shares.map((share) => numberFromText(share, '%')) as [number, number | undefined]
  return { x, y: y ?? x }
}

export function canvasFromText(text: string): Canvas {
  const isRatio = text.includes(':')
  // The x of px does not separate.
  const sides = text.split(isRatio ? ':' : /(?<!p)[x×]/i).map(splitNumber)
  const units = isRatio ? [''] : ['', 'px']
  const [width, height] = sides
  if (sides.length !== 2 || !width || !height || !sides.every((side) => units.includes(side!.unit)))
    throw new Error(`expected an aspect ratio such as 4:5, or a size such as 1200x1600, but received '${text}'`)
  return { width: width.value, height: height.value, unit: isRatio ? 'ratio' : 'px' }
}

export function canvasToText({ width, height, unit }: Canvas): string {
  return unit === 'ratio' ? `${width}:${height}` : `${width}x${height}`
}

export function regionFromText(text: string): Region {
  const { numbers, unit } = numbersOfOneUnit(text.split(','))
  if (numbers.length !== 4)
    throw new Error(`expected x,y,width,height such as 10,20,300,200 or 5%,5%,50%,90% but received '${text}'`)
  const [left, top, width, height] = numbers as [number, number, number, number]
  return { left, top, width, height, unit }
}

/** All px, with or without saying so, or all %; no numbers where one of them cannot be read. */
function numbersOfOneUnit(texts: readonly string[]): { numbers: number[]; unit: 'px' | '%' } {
  const numbers = texts.map(splitNumber)
  const percents = numbers.filter((number) => number?.unit === '%').length
  const isRead = numbers.every((number) => number && ['', 'px', '%'].includes(number.unit))
  const isMixed = percents > 0 && percents < texts.length
  return { numbers: isRead && !isMixed ? numbers.map((number) => number!.value) : [], unit: percents > 0 ? '%' : 'px' }
}

export function subjectsFromText(text: string): Subjects {
  const word = text.trim().toLowerCase()
  if (word === 'all' || word === 'largest') return word
  if (/^\d+$/.test(word)) return Number(word)
  throw new Error(`expected all, largest, or a number of subjects such as 2 but received '${text}'`)
}

/** `x,y x,y …@radius in left,top,width,height`, several separated by `;`, or else the path of an image. */
export function hintFromText(text: string): Hint {
  if (!/^\s*[+-]?[\d.]+(px|%)?\s*,/.test(text)) return { type: 'picture', source: text }
  const parts = text.split(';').filter((part) => part.trim() !== '')
  const read = parts.map((part) => {
    const [mark, within, ...others] = part.split(/\sin\s/i)
    const [line, radius, ...rest] = mark!.split('@')
    const pairs = line!
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split(','))
    const sides = within?.split(',')
    const isWhole = rest.length + others.length === 0 && pairs.every((pair) => pair.length === 2)
    return { pairs, radius, sides, isWhole: isWhole && (sides === undefined || sides.length === 4) }
  })
  const texts = read.flatMap(({ pairs, radius, sides = [] }) => [
    ...pairs.flat(),
    ...(radius === undefined ? [] : [radius]),
    ...sides,
  ])
  const { numbers, unit } = numbersOfOneUnit(texts)
  if (numbers.length === 0 || !read.every(({ isWhole }) => isWhole))
    throw new Error(
      `expected strokes such as '120,80 160,90@12' or '10%,20% 15%,25%@2%; 60%,40% in 50%,30%,20%,20%', or the path of an image, but received '${text}'`,
    )
  const values = numbers.values()
  const next = () => values.next().value!
  return {
    type: 'strokes',
    unit,
    strokes: read.map(({ pairs, radius, sides }) => ({
      points: pairs.map((): [number, number] => [next(), next()]),
      ...(radius === undefined ? {} : { radius: next() }),
      ...(sides && { within: [next(), next(), next(), next()] satisfies [number, number, number, number] }),
    })),
  }
}

export function numbersFromText(text: string): number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (numbers.some(Number.isNaN))
    throw new Error(`expected numbers separated by commas such as 0.5,0.5,0.5 but received '${text}'`)
  return numbers
}
