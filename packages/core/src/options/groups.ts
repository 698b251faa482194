// The options of one image in groups: each stage of the pipeline takes the groups it needs and knows no other.

import * as z from 'zod'
import { MATTE_QUALITIES } from '../matting/refine-alpha.ts'
import { OUTPUT_FORMATS } from './format-files.ts'
import { optionInfo } from './option-info.ts'
import {
  Area,
  Background,
  backgroundFromText,
  Canvas,
  canvasFromText,
  canvasToText,
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
  Subjects,
  subjectsFromText,
} from './values.ts'

export const SubjectOptions = z.strictObject({
  model: z.string().min(1).default('isnet-general-use').register(optionInfo, {
    title: 'Model',
    help: 'Use this model: a name from the catalog, or the path of an .onnx file.',
    group: 'subject',
    value: 'NAME|FILE',
  }),
  quality: z.enum(MATTE_QUALITIES).default('balanced').register(optionInfo, {
    title: 'Quality',
    help: 'Trade speed for quality. fast runs the network on a smaller input and filters the edge. balanced solves for alpha at the edge. best runs the network five times and solves at a higher resolution.',
    group: 'subject',
  }),
  precision: z.enum(['auto', 'int8', 'fp32']).default('auto').register(optionInfo, {
    title: 'Precision',
    help: 'Set the number format of the network. int8 is faster with nearly the same result. auto uses int8 where it is faster on this machine.',
    group: 'subject',
  }),
})
export type SubjectOptions = z.output<typeof SubjectOptions>

export const ModelOptions = z.strictObject({
  modelSize: z.number().int().min(32).max(4096).optional().register(optionInfo, {
    title: 'Model input size',
    help: 'Set the side of the square input of an .onnx file that does not declare it.',
    group: 'model',
    unit: 'px',
  }),
  modelMean: z.array(z.number()).length(3).optional().register(optionInfo, {
    title: 'Model mean',
    help: 'Subtract this mean from RGB in 0..1. Three numbers separated by commas.',
    group: 'model',
    value: 'R,G,B',
    fromText: numbersFromText,
  }),
  modelStd: z.array(z.number().positive()).length(3).optional().register(optionInfo, {
    title: 'Model std',
    help: 'Divide RGB by this standard deviation, after the mean is subtracted. Three numbers separated by commas.',
    group: 'model',
    value: 'R,G,B',
    fromText: numbersFromText,
  }),
  modelOutput: z.enum(['logits', 'prob', 'minmax', 'argmax']).optional().register(optionInfo, {
    title: 'Model output',
    help: 'Set what the first output of an .onnx file contains.',
    group: 'model',
  }),
})
export type ModelOptions = z.output<typeof ModelOptions>

const SUBJECT_KINDS = ['auto', 'photo', 'graphic'] as const

export const HintOptions = z.strictObject({
  subject: z.enum(SUBJECT_KINDS).default('auto').register(optionInfo, {
    title: 'Subject',
    help: 'Set the type of image. graphic computes exact alpha for logos and line art on one flat color. auto detects most of these.',
    group: 'hints',
  }),
  subjects: Subjects.default('all').register(optionInfo, {
    title: 'Subjects',
    help: 'Keep all subjects, the largest one, or this many of the largest. The report lists all that were found.',
    group: 'hints',
    value: 'all|largest|N',
    fromText: subjectsFromText,
    toText: String,
  }),
  roi: Region.optional().register(optionInfo, {
    title: 'Region of interest',
    help: 'Look for the subject in this rectangle only. Everything outside is background. In px, or in % of the image.',
    group: 'hints',
    value: 'X,Y,W,H',
    fromText: regionFromText,
  }),
  keep: Hint.optional().register(optionInfo, {
    title: 'Keep',
    help: 'Mark foreground with strokes, or with an image of them. A mark extends over similar colors by a few brush widths.',
    group: 'hints',
    value: 'X,Y X,Y@R|FILE',
    fromText: hintFromText,
  }),
  erase: Hint.optional().register(optionInfo, {
    title: 'Erase',
    help: 'Mark background in the same way. Takes precedence where keep marks the same pixels.',
    group: 'hints',
    value: 'X,Y X,Y@R|FILE',
    fromText: hintFromText,
  }),
})
export type HintOptions = z.output<typeof HintOptions>

/** What makes edges without a network of its own. */
export const OWN_REFINER = 'matte'

export const EdgeOptions = z.strictObject({
  refiner: z.string().min(1).default(OWN_REFINER).register(optionInfo, {
    title: 'Refiner',
    help: 'Find edges with this: matte, the built-in solver, or a matting network. vitmatte is vitmatte-small-distinctions-646; pull it first.',
    group: 'edge',
    value: 'matte|vitmatte|NAME|FILE',
  }),
  speckArea: Area.default({ value: 0.001, unit: '%' }).register(optionInfo, {
    title: 'Speck area',
    help: 'Remove islands and fill pinholes smaller than this area. In px, or in % of the image. 0 keeps all.',
    group: 'edge',
    value: 'PX|%',
    fromText: measureFromText,
    toText: measureToText,
  }),
  keepHoles: z.boolean().default(false).register(optionInfo, {
    title: 'Keep holes',
    help: 'Keep all holes in the subject, including pinholes.',
    group: 'edge',
  }),
  fillHoles: z.boolean().default(false).register(optionInfo, {
    title: 'Fill holes',
    help: 'Fill every hole that the subject encloses, such as the inside of a ring. Makes enclosed glass opaque.',
    group: 'edge',
  }),
  edgeShift: z.number().min(-50).max(50).default(0).register(optionInfo, {
    title: 'Edge shift',
    help: 'Move the edge outward. Negative values move it inward.',
    group: 'edge',
    unit: 'px',
  }),
  feather: z.number().min(0).max(100).default(0).register(optionInfo, {
    title: 'Feather',
    help: 'Soften the edge with a Gaussian blur of this standard deviation.',
    group: 'edge',
    unit: 'px',
  }),
  hardMask: z.boolean().default(false).register(optionInfo, {
    title: 'Hard mask',
    help: 'Make every pixel fully opaque or fully transparent.',
    group: 'edge',
  }),
  hardMaskThreshold: z.number().min(0.01).max(1).default(0.5).register(optionInfo, {
    title: 'Hard mask threshold',
    help: 'Set the alpha at and above which a hard mask is opaque.',
    group: 'edge',
  }),
  decontaminate: z.boolean().default(true).register(optionInfo, {
    title: 'Foreground color estimation',
    help: 'Estimate foreground colors at soft edges, which removes the color of the old background.',
    helpOff: 'Skip foreground color estimation. Soft edges keep the color of the old background.',
    group: 'edge',
  }),
})
export type EdgeOptions = z.output<typeof EdgeOptions>

export const OutputOptions = z.strictObject({
  background: Background.default({ type: 'transparent' }).register(optionInfo, {
    title: 'Background',
    help: 'Set the background: transparent, a color, the blurred input, or an image file.',
    group: 'output',
    value: 'transparent|COLOR|blur|FILE',
    fromText: backgroundFromText,
    toText: (value: Background) =>
      value.type === 'color' ? value.color : value.type === 'picture' ? String(value.source) : value.type,
  }),
  shadow: z.enum(['none', 'drop', 'keep']).default('none').register(optionInfo, {
    title: 'Shadow',
    help: 'Add a shadow. drop draws a soft shadow on the ground below the subject. keep keeps the shadow of the photo as translucent black.',
    group: 'output',
  }),
  shadowOpacity: z.number().min(0).max(1).default(0.5).register(optionInfo, {
    title: 'Shadow opacity',
    help: 'Set the alpha of a drawn shadow at its darkest point.',
    group: 'output',
  }),
  crop: z.boolean().default(false).register(optionInfo, {
    title: 'Crop',
    help: 'Crop the image to the subject and its shadow.',
    group: 'output',
  }),
  margin: Margin.default({ value: 0, unit: 'px' }).register(optionInfo, {
    title: 'Margin',
    help: 'Add space around the subject when cropping, beyond the image if needed. One, two or four values in CSS order. In px, or in % of the height (top, bottom) and width (left, right) of the subject.',
    group: 'output',
    value: 'PX|%...',
    fromText: marginFromText,
    toText: marginToText,
  }),
  canvas: Canvas.optional().register(optionInfo, {
    title: 'Canvas',
    help: 'Extend the result to this aspect ratio, such as 1:1 or 4:5, or fit it into exactly this size, such as 1200x1600. The space around it shows the background.',
    group: 'output',
    value: 'W:H|WxH',
    fromText: canvasFromText,
    toText: canvasToText,
  }),
  scale: z.number().min(10).max(100).optional().register(optionInfo, {
    title: 'Scale',
    help: 'Scale the subject and its shadow to fit this share of the width and height of the result.',
    group: 'output',
    unit: '%',
  }),
  position: Position.optional().register(optionInfo, {
    title: 'Position',
    help: 'Place the subject: original, center (the default with scale), or the share of free space to its left and above it.',
    group: 'output',
    value: 'original|center|X% Y%',
    fromText: positionFromText,
  }),
  maxOutputPixels: z.number().int().min(1).max(400e6).optional().register(optionInfo, {
    title: 'Maximum output pixels',
    help: 'Downscale larger results to at most this many pixels. Never upscales.',
    group: 'output',
    unit: 'px',
  }),
  cropThreshold: z.number().min(0).max(1).default(0.05).register(optionInfo, {
    title: 'Crop threshold',
    help: 'Ignore pixels with at most this alpha when cropping.',
    group: 'output',
  }),
  mask: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'Mask only', help: 'Write the alpha only, as a grayscale image.', group: 'output' }),
  invert: z.boolean().default(false).register(optionInfo, {
    title: 'Invert',
    help: 'Keep the background and remove the subject.',
    group: 'output',
  }),
  format: z
    .enum(OUTPUT_FORMATS)
    .default('png')
    .register(optionInfo, {
      title: 'Format',
      aliases: { jpg: 'jpeg', jpe: 'jpeg', tif: 'tiff' },
      help: 'Set the file format of the result. jpeg needs an opaque background. zip contains color.jpg and alpha.png. psd contains layers.',
      group: 'output',
    }),
  lossyQuality: z.number().int().min(1).max(100).default(90).register(optionInfo, {
    title: 'Lossy quality',
    help: 'Set the quality of WebP, AVIF and JPEG, also inside a zip. Other formats are lossless.',
    group: 'output',
  }),
})
export type OutputOptions = z.output<typeof OutputOptions>

export const ColorOptions = z.strictObject({
  keepIcc: z.boolean().default(false).register(optionInfo, {
    title: 'Keep ICC profile',
    help: 'Keep the RGB color space of the input instead of converting to sRGB.',
    group: 'colors',
  }),
  keepMetadata: z.boolean().default(false).register(optionInfo, {
    title: 'Keep metadata',
    help: 'Keep EXIF and XMP. They may reveal where and when a photo was taken.',
    group: 'colors',
  }),
  damaged: z.enum(['error', 'keep']).default('error').register(optionInfo, {
    title: 'Damaged images',
    help: 'Choose what to do with a JPEG, PNG or GIF that lacks pixels. error rejects it. keep makes what is missing transparent and warns.',
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
      title: 'Maximum file size',
      help: 'Reject larger input files.',
      group: 'limits',
      unit: 'bytes',
    }),
  // Cameras of 100 megapixels have 101.8, telephones up to 108.
  maxPixels: z.number().int().min(1).max(400e6).default(108e6).register(optionInfo, {
    title: 'Maximum input pixels',
    help: 'Reject images with more pixels, before decoding.',
    group: 'limits',
    unit: 'px',
  }),
  maxFrames: z.number().int().min(1).max(100_000).default(1000).register(optionInfo, {
    title: 'Maximum frames',
    help: 'Reject animations with more frames. Only the first frame is used.',
    group: 'limits',
  }),
})
export type LimitOptions = z.output<typeof LimitOptions>

export const NetworkOptions = z.strictObject({
  offline: z
    .boolean()
    .default(false)
    .register(optionInfo, { title: 'Offline', help: 'Never access the network.', group: 'network' }),
  allowPrivateUrls: z.boolean().default(false).register(optionInfo, {
    title: 'Allow private addresses',
    help: 'Allow URLs that resolve to private or loopback addresses.',
    group: 'network',
  }),
  fetchTimeout: z.number().min(1).max(3600).default(30).register(optionInfo, {
    title: 'Fetch timeout',
    help: 'Give up on a URL after this time, redirects included.',
    group: 'network',
    unit: 's',
  }),
})
export type NetworkOptions = z.output<typeof NetworkOptions>
