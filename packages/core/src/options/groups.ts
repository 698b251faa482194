// The options of one image in groups: each stage of the pipeline takes the groups it needs and knows no other.

import * as z from 'zod'
import { MATTE_QUALITIES } from '../matting/refine-alpha.ts'
import { optionInfo } from './option-info.ts'
import {
  Area,
  Background,
  backgroundFromText,
  Hint,
  hintFromText,
  Margin,
  marginFromText,
  marginToText,
  measureFromText,
  measureToText,
  numbersFromText,
  Position,
  positionFromText,
  Region,
  regionFromText,
} from './values.ts'

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

export const SubjectOptions = z.strictObject({
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
})
export type SubjectOptions = z.output<typeof SubjectOptions>

export const ModelOptions = z.strictObject({
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
})
export type ModelOptions = z.output<typeof ModelOptions>

const SUBJECT_KINDS = ['auto', 'photo', 'graphic'] as const

export const HintOptions = z.strictObject({
  subject: z.enum(SUBJECT_KINDS).default('auto').register(optionInfo, {
    title: 'Subject',
    help: 'Kind of image: graphic computes exact alpha for logos and line art on one flat color; auto detects them in lossless formats.',
    group: 'hints',
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
})
export type HintOptions = z.output<typeof HintOptions>

export const EdgeOptions = z.strictObject({
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
})
export type EdgeOptions = z.output<typeof EdgeOptions>

export const OutputOptions = z.strictObject({
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
  format: z
    .enum(OUTPUT_FORMATS)
    .default('png')
    .register(optionInfo, {
      title: 'Format',
      aliases: { jpg: 'jpeg', jpe: 'jpeg', tif: 'tiff' },
      help: 'File format of the result; jpeg needs a background, zip holds color.jpg and alpha.png, psd holds layers.',
      group: 'output',
    }),
  lossyQuality: z.number().int().min(1).max(100).default(90).register(optionInfo, {
    title: 'Lossy quality',
    help: 'Quality of WebP, AVIF and JPEG, also within a zip; the others lose nothing.',
    group: 'output',
  }),
})
export type OutputOptions = z.output<typeof OutputOptions>

export const ColorOptions = z.strictObject({
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
})
export type ColorOptions = z.output<typeof ColorOptions>

export const LimitOptions = z.strictObject({
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
})
export type LimitOptions = z.output<typeof LimitOptions>

export const NetworkOptions = z.strictObject({
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
export type NetworkOptions = z.output<typeof NetworkOptions>
