// The one option schema. Types, CLI flags, `--help`, JSON Schema and the docs table derive from it.
// Options of the picture come first (`Options`), those of a command that handles many files after it (`RunOptions`).

import { z } from 'zod'
import { parseColor } from '../compose/color.ts'
import { MATTE_QUALITIES } from '../matting/refine-alpha.ts'
import { optionInfo } from './option-info.ts'

export const OUTPUT_FORMATS = ['png', 'webp', 'avif', 'jpeg', 'tiff'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

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
  /** Scaled to cover the photo. */
  z.strictObject({ type: z.literal('picture'), source: z.union([z.string().min(1), z.instanceof(Uint8Array)]) }),
])
export type Background = z.infer<typeof Background>

export const Margin = z.strictObject({ value: z.number().min(0).max(10_000), unit: z.enum(['px', '%']) })
export type Margin = z.infer<typeof Margin>

function backgroundFromText(text: string): Background {
  if (text === 'transparent' || text === 'blur') return { type: text }
  if (parseColor(text)) return { type: 'color', color: text }
  if (text.startsWith('#')) throw new Error(`expected a hex color of 3, 4, 6 or 8 digits but received '${text}'`)
  return { type: 'picture', source: text }
}

function marginFromText(text: string): Margin {
  const match = /^(\d+(?:\.\d+)?)(px|%)?$/.exec(text.trim())
  if (!match)
    throw new Error(
      `expected a number of pixels such as 20 or 20px, or a percentage such as 5%, but received '${text}'`,
    )
  return { value: Number(match[1]), unit: match[2] === '%' ? '%' : 'px' }
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
    help: 'How much work an edge is worth: fast filters it, balanced solves for it, best also asks the network again.',
    group: 'subject',
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
  crop: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'Crop', help: 'Cuts the picture to the subject.', group: 'output' }),
  margin: Margin.default({ value: 0, unit: 'px' }).register(optionInfo, {
    title: 'Margin',
    help: 'Space left around the subject when cropping, in px or in % of its longer side.',
    group: 'output',
    value: 'PX|%',
    fromText: marginFromText,
    toText: (value: Margin) => `${value.value}${value.unit}`,
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
    help: 'File format of the result; jpeg needs a background.',
    group: 'output',
  }),
  lossyQuality: z.number().int().min(1).max(100).default(90).register(optionInfo, {
    title: 'Lossy quality',
    help: 'Quality of WebP, AVIF and JPEG; PNG and TIFF lose nothing.',
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
  jobs: z.number().int().min(1).max(64).default(2).register(optionInfo, {
    title: 'Jobs',
    help: "Pictures worked on at once: two overlap one's decoding and encoding with the other's network.",
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
