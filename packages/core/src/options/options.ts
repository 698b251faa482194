// The one option schema. Types, CLI flags, `--help`, JSON Schema and the docs table derive from it.
// Options of the picture come first (`Options`), those of a command that handles many files after it (`RunOptions`).

import { z } from 'zod'
import { parseColor } from '../compose/color.ts'
import { MATTE_QUALITIES } from '../matting/refine-alpha.ts'
import { optionInfo } from './option-info.ts'

export const OUTPUT_FORMATS = ['png', 'webp', 'avif', 'jpeg', 'tiff', 'zip', 'psd'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

export const FORMAT_FILES: Readonly<Record<OutputFormat, { readonly extension: string; readonly mimeType: string }>> = {
  png: { extension: 'png', mimeType: 'image/png' },
  webp: { extension: 'webp', mimeType: 'image/webp' },
  avif: { extension: 'avif', mimeType: 'image/avif' },
  jpeg: { extension: 'jpg', mimeType: 'image/jpeg' },
  tiff: { extension: 'tiff', mimeType: 'image/tiff' },
  zip: { extension: 'zip', mimeType: 'application/zip' },
  psd: { extension: 'psd', mimeType: 'image/vnd.adobe.photoshop' },
}

export const Background = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('transparent') }),
  z.strictObject({
    type: z.literal('color'),
    color: z.string().refine((text) => parseColor(text) !== null, {
      error: 'Expected a hex color of 3, 4, 6 or 8 digits or a CSS color name',
    }),
  }),
  /** The photo itself, blurred. */
  z.strictObject({ type: z.literal('blur') }),
  /** Scaled to cover the result. */
  z.strictObject({ type: z.literal('picture'), source: z.union([z.string().min(1), z.instanceof(Uint8Array)]) }),
])
export type Background = z.infer<typeof Background>

/** In px, or in % of the subject: of its height above and below, of its width at its sides. */
const Measure = z.strictObject({ value: z.number().min(0).max(10_000), unit: z.enum(['px', '%']) })
type Measure = z.infer<typeof Measure>

/** In the order of CSS: one for all; above and below, at both sides; top, right, bottom, left. */
export const Margin = z.union([Measure, z.tuple([Measure, Measure]), z.tuple([Measure, Measure, Measure, Measure])], {
  error: 'Expected a measure of 0 to 10000 px or %, or a list of two or four of them',
})
export type Margin = z.infer<typeof Margin>

/** Where the photo has it, in the middle, or the share in % of the free space that lies left of the subject and above it. */
export const Position = z.union(
  [z.enum(['original', 'center']), z.strictObject({ x: z.number().min(0).max(100), y: z.number().min(0).max(100) })],
  { error: "Expected 'original', 'center', or x and y of 0 to 100 %" },
)
export type Position = z.infer<typeof Position>

/** In pixels, or in % of the picture. */
export const Area = z.strictObject({ value: z.number().min(0).max(1e8), unit: z.enum(['px', '%']) })
export type Area = z.infer<typeof Area>

/** In px, or in % of the picture's width and height. What lies outside the picture is cut off. */
export const Region = z.strictObject({
  left: z.number(),
  top: z.number(),
  width: z.number().positive(),
  height: z.number().positive(),
  unit: z.enum(['px', '%']).default('px'),
})
export type Region = z.output<typeof Region>

/** Strokes have limits, because each costs time: a page that paints for long sends a picture. */
const MAX_STROKES = 500
const MAX_POINTS = 5000

/** What a user marked: strokes of a round brush, or a picture. */
export const Hint = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('strokes'),
    /** In px of the upright picture, or in % of its width (x), its height (y) and its longer side (radius). */
    unit: z.enum(['px', '%']).default('px'),
    strokes: z
      .array(
        z.strictObject({
          /** x and y; one point is a dot. */
          points: z.array(z.tuple([z.number(), z.number()])).min(1),
          /** 1 % of the longer side where it is not given. */
          radius: z.number().positive().max(2000).optional(),
        }),
      )
      .min(1)
      .max(MAX_STROKES)
      .refine((strokes) => strokes.reduce((sum, { points }) => sum + points.length, 0) <= MAX_POINTS, {
        error: `Expected at most ${MAX_POINTS} points in all strokes together`,
      }),
  }),
  /** Of the photo's shape. Marked is what is not transparent; where nothing is transparent, what is bright. */
  z.strictObject({ type: z.literal('picture'), source: z.union([z.string().min(1), z.instanceof(Uint8Array)]) }),
])
export type Hint = z.output<typeof Hint>

function backgroundFromText(text: string): Background {
  if (text === 'transparent' || text === 'blur') return { type: text }
  if (parseColor(text)) return { type: 'color', color: text }
  if (text.startsWith('#')) throw new Error(`expected a hex color of 3, 4, 6 or 8 digits but received '${text}'`)
  return { type: 'picture', source: text }
}

function measureFromText(text: string): Measure {
  const match = /^(\d+(?:\.\d+)?)(px|%)?$/.exec(text.trim())
  if (!match)
    throw new Error(
      `expected a number of pixels such as 20 or 20px, or a percentage such as 5%, but received '${text}'`,
    )
  return { value: Number(match[1]), unit: match[2] === '%' ? '%' : 'px' }
}

function measureToText({ value, unit }: Measure): string {
  return `${value}${unit}`
}

function marginFromText(text: string): Margin {
  const measures = text.trim().split(/\s+/).map(measureFromText)
  const [first, second, third, fourth] = measures as [Measure, Measure, Measure, Measure]
  if (measures.length === 1) return first
  if (measures.length === 2) return [first, second]
  if (measures.length === 4) return [first, second, third, fourth]
  throw new Error(`expected one, two or four measures such as 5%, '5% 10px' or '1 2 3 4', but received '${text}'`)
}

function marginToText(margin: Margin): string {
  return Array.isArray(margin) ? margin.map(measureToText).join(' ') : measureToText(margin)
}

function percentFromText(text: string): number {
  const match = /^(\d+(?:\.\d+)?)%?$/.exec(text.trim())
  if (!match) throw new Error(`expected a percentage such as 60 or 60%, but received '${text}'`)
  return Number(match[1])
}

function positionFromText(text: string): Position {
  const name = text.trim().toLowerCase()
  if (name === 'original' || name === 'center') return name
  const shares = name.split(/\s+/)
  if (shares.length > 2 || !shares.every((share) => /^\d/.test(share)))
    throw new Error(`expected original, center, or one or two percentages such as '0% 100%', but received '${text}'`)
  const [x, y] = shares.map(percentFromText) as [number, number | undefined]
  return { x, y: y ?? x }
}

function regionFromText(text: string): Region {
  const { numbers, unit } = numbersOfOneUnit(text.split(','))
  if (numbers.length !== 4)
    throw new Error(`expected x,y,width,height such as 10,20,300,200 or 5%,5%,50%,90% but received '${text}'`)
  const [left, top, width, height] = numbers as [number, number, number, number]
  return { left, top, width, height, unit }
}

const NUMBER_WITH_UNIT = /^([+-]?(?:\d+\.?\d*|\.\d+))(px|%)?$/

/** All px, with or without saying so, or all %; no numbers where one of them cannot be read. */
function numbersOfOneUnit(texts: readonly string[]): { numbers: number[]; unit: 'px' | '%' } {
  const matches = texts.map((text) => NUMBER_WITH_UNIT.exec(text.trim()))
  const percents = matches.filter((match) => match?.[2] === '%').length
  const mixed = matches.includes(null) || (percents > 0 && percents < texts.length)
  return { numbers: mixed ? [] : matches.map((match) => Number(match![1])), unit: percents > 0 ? '%' : 'px' }
}

/** `x,y x,y …@radius`, several with `;` between, or else the name of a picture. */
function hintFromText(text: string): Hint {
  if (!/^\s*[+-]?[\d.]+(px|%)?\s*,/.test(text)) return { type: 'picture', source: text }
  const parts = text.split(';').filter((part) => part.trim() !== '')
  const read = parts.map((part) => {
    const [line, radius, ...rest] = part.split('@')
    const pairs = line!
      .trim()
      .split(/\s+/)
      .map((pair) => pair.split(','))
    return { pairs, radius, whole: rest.length === 0 && pairs.every((pair) => pair.length === 2) }
  })
  const texts = read.flatMap(({ pairs, radius }) => [...pairs.flat(), ...(radius === undefined ? [] : [radius])])
  const { numbers, unit } = numbersOfOneUnit(texts)
  if (numbers.length === 0 || !read.every(({ whole }) => whole))
    throw new Error(
      `expected strokes such as '120,80 160,90@12' or '10%,20% 15%,25%@2%; 60%,40%', or a picture, but received '${text}'`,
    )
  const values = numbers.values()
  const next = () => values.next().value!
  return {
    type: 'strokes',
    unit,
    strokes: read.map(({ pairs, radius }) => ({
      points: pairs.map((): [number, number] => [next(), next()]),
      ...(radius === undefined ? {} : { radius: next() }),
    })),
  }
}

export const Options = z.strictObject({
  engine: z.enum(['onnx', 'dreamina']).default('onnx').register(optionInfo, {
    title: 'Engine',
    help: 'What finds the subject: a network on this machine, or the Dreamina service with an account of your own.',
    group: 'subject',
  }),
  model: z.string().min(1).default('isnet-general-use').register(optionInfo, {
    title: 'Model',
    help: 'A model of the catalogue, or the path of an .onnx file.',
    group: 'subject',
    value: 'NAME|FILE',
  }),
  quality: z.enum(MATTE_QUALITIES).default('balanced').register(optionInfo, {
    title: 'Quality',
    help: 'How much work a picture is worth: fast shows the network less of it and filters the edge, balanced solves for the edge, best asks the network twice.',
    group: 'subject',
  }),
  precision: z.enum(['auto', 'int8', 'fp32']).default('auto').register(optionInfo, {
    title: 'Precision',
    help: 'Numbers the network computes with: int8 is faster at nearly the same result; auto takes it where this machine gains by it.',
    group: 'subject',
  }),
  roi: Region.optional().register(optionInfo, {
    title: 'Region of interest',
    help: 'Looks for the subject in this rectangle only: x, y, width and height in px, or in % of the picture; all outside is background.',
    group: 'hints',
    value: 'X,Y,W,H',
    fromText: regionFromText,
  }),
  keep: Hint.optional().register(optionInfo, {
    title: 'Keep',
    help: 'Marks what belongs to the subject, and what looks like it around: strokes, or a picture of them.',
    group: 'hints',
    value: 'X,Y X,Y@R|FILE',
    fromText: hintFromText,
  }),
  erase: Hint.optional().register(optionInfo, {
    title: 'Erase',
    help: 'Marks what does not belong to the subject, in the same way; where both are marked, this wins.',
    group: 'hints',
    value: 'X,Y X,Y@R|FILE',
    fromText: hintFromText,
  }),
  speckArea: Area.default({ value: 0.001, unit: '%' }).register(optionInfo, {
    title: 'Speck area',
    help: 'Islands of the subject and pin-holes in it that are smaller than this go, in px or in % of the picture; 0 leaves all.',
    group: 'edge',
    value: 'PX|%',
    fromText: measureFromText,
    toText: measureToText,
  }),
  keepHoles: z.boolean().default(false).register(optionInfo, {
    title: 'Keep holes',
    help: 'Fills no holes in the subject, not even pin-holes.',
    group: 'edge',
  }),
  fillHoles: z.boolean().default(false).register(optionInfo, {
    title: 'Fill holes',
    help: 'Fills every hole that the subject encloses, such as that of a ring, and makes glass within it solid.',
    group: 'edge',
  }),
  edgeShift: z.number().min(-50).max(50).default(0).register(optionInfo, {
    title: 'Edge shift',
    help: 'Moves the edge outwards, or inwards where negative.',
    group: 'edge',
    unit: 'px',
  }),
  feather: z.number().min(0).max(100).default(0).register(optionInfo, {
    title: 'Feather',
    help: 'Softens the edge: standard deviation of the blur.',
    group: 'edge',
    unit: 'px',
  }),
  hardMask: z.boolean().default(false).register(optionInfo, {
    title: 'Hard mask',
    help: 'Makes every pixel wholly opaque or wholly transparent.',
    group: 'edge',
  }),
  hardMaskThreshold: z.number().min(0.01).max(1).default(0.5).register(optionInfo, {
    title: 'Hard mask threshold',
    help: 'Alpha from which a hard mask is opaque.',
    group: 'edge',
  }),
  decontaminate: z.boolean().default(true).register(optionInfo, {
    title: 'Decontaminate',
    help: 'Frees the colors of soft edges from the old background, unless it is turned off.',
    group: 'edge',
  }),
  background: Background.default({ type: 'transparent' }).register(optionInfo, {
    title: 'Background',
    help: 'What goes behind the subject: nothing, a color, the blurred photo, or a picture.',
    group: 'output',
    value: 'transparent|COLOR|blur|FILE',
    fromText: backgroundFromText,
    toText: (value: Background) =>
      value.type === 'color' ? value.color : value.type === 'picture' ? String(value.source) : value.type,
  }),
  shadow: z.enum(['none', 'drop', 'keep']).default('none').register(optionInfo, {
    title: 'Shadow',
    help: "Draws a soft shadow on the ground below the subject, or keeps the photo's own as see-through black.",
    group: 'output',
  }),
  shadowOpacity: z.number().min(0).max(1).default(0.5).register(optionInfo, {
    title: 'Shadow opacity',
    help: 'Alpha of a drawn shadow where it is darkest.',
    group: 'output',
  }),
  crop: z.boolean().default(false).register(optionInfo, {
    title: 'Crop',
    help: 'Cuts the picture to the subject and its shadow.',
    group: 'output',
  }),
  margin: Margin.default({ value: 0, unit: 'px' }).register(optionInfo, {
    title: 'Margin',
    help: 'Space around the subject when cropping, also beyond the photo: one, two or four values in CSS order, in px or in % of its height (above, below) and width.',
    group: 'output',
    value: 'PX|%...',
    fromText: marginFromText,
    toText: marginToText,
  }),
  scale: z.number().min(10).max(100).optional().register(optionInfo, {
    title: 'Scale',
    help: 'Brings the subject with its shadow to this share of the width or of the height of the result, whichever is full first.',
    group: 'output',
    unit: '%',
    fromText: percentFromText,
  }),
  position: Position.optional().register(optionInfo, {
    title: 'Position',
    help: 'Where the subject goes: original, center (as with a scale), or the share of the free space at its left and above it.',
    group: 'output',
    value: 'original|center|X% Y%',
    fromText: positionFromText,
  }),
  maxOutputPixels: z.number().int().min(1).max(400e6).optional().register(optionInfo, {
    title: 'Largest result',
    help: 'Shrinks results of more pixels; none is enlarged.',
    group: 'output',
    unit: 'px',
  }),
  cropThreshold: z.number().min(0).max(1).default(0.05).register(optionInfo, {
    title: 'Crop threshold',
    help: 'Alpha above which a pixel counts as subject when cropping, so that faint residue does not widen the box.',
    group: 'output',
  }),
  mask: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'Mask only', help: 'Writes the alpha alone, as a grey picture.', group: 'output' }),
  format: z.enum(OUTPUT_FORMATS).default('png').register(optionInfo, {
    title: 'Format',
    help: 'File format of the result; jpeg needs a background, zip holds color.jpg and alpha.png, psd holds layers.',
    group: 'output',
  }),
  lossyQuality: z.number().int().min(1).max(100).default(90).register(optionInfo, {
    title: 'Lossy quality',
    help: 'Quality of WebP, AVIF and JPEG, also within a zip; the others lose nothing.',
    group: 'output',
  }),
  keepIcc: z.boolean().default(false).register(optionInfo, {
    title: 'Keep ICC profile',
    help: "Keeps the photo's own RGB color space instead of converting to sRGB.",
    group: 'colors',
  }),
  keepMetadata: z.boolean().default(false).register(optionInfo, {
    title: 'Keep metadata',
    help: 'Keeps EXIF and XMP, which may say where and when a photo was taken.',
    group: 'colors',
  }),
  maxBytes: z
    .number()
    .int()
    .min(1)
    .max(2 ** 32)
    .default(100 * 2 ** 20)
    .register(optionInfo, {
      title: 'Largest file',
      help: 'Refuses inputs of more bytes.',
      group: 'limits',
      unit: 'bytes',
    }),
  maxPixels: z.number().int().min(1).max(400e6).default(100e6).register(optionInfo, {
    title: 'Largest picture',
    help: 'Refuses pictures of more pixels, before decoding.',
    group: 'limits',
    unit: 'px',
  }),
  maxFrames: z.number().int().min(1).max(100_000).default(1000).register(optionInfo, {
    title: 'Most frames',
    help: 'Refuses animations of more frames; of others the first frame is used.',
    group: 'limits',
  }),
  modelSize: z.number().int().min(32).max(4096).optional().register(optionInfo, {
    title: 'Model input size',
    help: 'Side of the square input of an .onnx file that does not say it itself.',
    group: 'model',
    unit: 'px',
  }),
  modelMean: z.array(z.number()).length(3).optional().register(optionInfo, {
    title: 'Model mean',
    help: 'Mean subtracted from RGB in 0..1, three numbers with commas.',
    group: 'model',
    value: 'R,G,B',
    fromText: numbersFromText,
  }),
  modelStd: z.array(z.number().positive()).length(3).optional().register(optionInfo, {
    title: 'Model std',
    help: 'What RGB is divided by after the mean, three numbers with commas.',
    group: 'model',
    value: 'R,G,B',
    fromText: numbersFromText,
  }),
  modelOutput: z
    .enum(['logits', 'prob', 'minmax', 'argmax'])
    .optional()
    .register(optionInfo, { title: 'Model output', help: 'What the numbers of the first output are.', group: 'model' }),
  dreaminaRegion: z.enum(['CN', 'US', 'HK', 'JP', 'SG']).optional().register(optionInfo, {
    title: 'Dreamina region',
    help: 'Region of the Dreamina account, where it is not that of the login.',
    group: 'dreamina',
  }),
  dreaminaUpscale: z.boolean().default(false).register(optionInfo, {
    title: 'Dreamina upscale',
    help: "Takes only the alpha from Dreamina and refines it at the photo's full size.",
    group: 'dreamina',
  }),
  offline: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'Offline', help: 'Never uses the network.', group: 'network' }),
  allowPrivateUrls: z.boolean().default(false).register(optionInfo, {
    title: 'Allow private addresses',
    help: 'Lets URLs point to private and loopback addresses.',
    group: 'network',
  }),
  fetchTimeout: z.number().min(1).max(3600).default(30).register(optionInfo, {
    title: 'Fetch time limit',
    help: 'Longest time for one URL, redirects included.',
    group: 'network',
    unit: 's',
  }),
})

export type Options = z.input<typeof Options>
export type ResolvedOptions = z.output<typeof Options>

function numbersFromText(text: string): number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (numbers.some(Number.isNaN))
    throw new Error(`expected numbers with commas such as 0.5,0.5,0.5 but received '${text}'`)
  return numbers
}

export const RunOptions = z.strictObject({
  output: z.string().min(1).optional().register(optionInfo, {
    title: 'Output',
    help: 'File or folder to write to; - is standard output.',
    group: 'run',
    value: 'PATH',
  }),
  overwrite: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'Overwrite', help: 'Writes results again that exist already.', group: 'run' }),
  jobs: z.number().int().min(1).max(64).default(4).register(optionInfo, {
    title: 'Jobs',
    help: 'Pictures worked on at once: while the networks work on some, others are decoded, finished and encoded.',
    group: 'run',
  }),
  json: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'JSON', help: 'Prints one JSON object a line to standard output.', group: 'run' }),
  quiet: z.boolean().default(false).register(optionInfo, { title: 'Quiet', help: 'Prints errors only.', group: 'run' }),
  failOnEmpty: z.boolean().default(false).register(optionInfo, {
    title: 'Fail on empty',
    help: 'Counts a picture without a subject as failed.',
    group: 'run',
  }),
})
export type RunOptions = z.input<typeof RunOptions>
export type ResolvedRunOptions = z.output<typeof RunOptions>
