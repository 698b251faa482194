// Entry point `@koutu/core/ports`: what core needs from the outside. Adapters implement these; core never imports an adapter.

import type { ForegroundOptions } from '../matting/foreground/estimate-foreground.ts'
import type { MatteOptions, RefineOptions } from '../matting/refine-alpha.ts'
import type { TilePixels } from '../matting/refiner/tile-pixels.ts'
import type { RegionDecision } from '../matting/regions/carry-over.ts'
import type { SpeckOptions } from '../matting/style/remove-specks.ts'
import type { AlphaSurvey } from '../matting/subjects/alpha-survey.ts'
import type { OutputFormat } from '../options/format-files.ts'
import type { EngineRequest, GroupedOptions } from '../options/grouped.ts'
import type { Box, Plane, Raster, Size } from '../pixels/raster.ts'

/** Anything long takes one: a signal to stop it and a listener for its progress. */
export interface Ctx {
  readonly signal?: AbortSignal
  readonly onEvent?: (event: KoutuEvent) => void
}

export type StepName = 'read' | 'decode' | 'model' | 'segment' | 'refine' | 'matte'

export type KoutuEvent =
  | { readonly type: 'stage'; readonly step: StepName }
  /** Never falls within one call; exactly 1 at its end. */
  | { readonly type: 'progress'; readonly fraction: number }
  /** Bytes of a model being assembled, downloaded or prepared. */
  | {
      readonly type: 'model'
      readonly id: string
      readonly phase: string
      readonly done: number
      readonly total: number | null
    }
  /** The image waits at a service. `length` is null where the service does not say. */
  | { readonly type: 'queue'; readonly position: number; readonly length: number | null }
  | { readonly type: 'warning'; readonly warning: Warning }
  | { readonly type: 'done' }

export interface Warning {
  readonly code: string
  readonly message: string
  /** Where in the image, in pixels, if it is about a place. */
  readonly box?: Box
}

/** A decoded picture: oriented, RGB, alpha apart. */
export interface Picture extends Size {
  /** RGB, 8 or 16 bit: sRGB, or the input's own RGB space when its ICC profile is kept. Straight (not premultiplied). */
  readonly color: Raster
  /** What networks see: 8-bit sRGB of the same size. The same object as `color` where that is already so. */
  readonly srgb: Raster
  /** The input's own alpha, where it had any that is not opaque everywhere. */
  readonly alpha: Plane | null
  readonly format: InputFormat
  /** Profile of `color` when it is not sRGB. */
  readonly icc: Uint8Array | null
  readonly metadata: { readonly exif: Uint8Array | null; readonly xmp: Uint8Array | null }
  /** Print resolution in pixels per inch, where the file states one. */
  readonly densityPpi?: number | undefined
  readonly warnings: readonly Warning[]
}

export type InputFormat =
  | 'jpeg'
  | 'png'
  | 'webp'
  | 'avif'
  | 'heic'
  | 'tiff'
  | 'gif'
  | 'jxl'
  | 'jp2'
  | 'raw'
  | 'bmp'
  | 'ico'
  | 'netpbm'
  | 'tga'

export interface DecodeRequest {
  readonly keepIcc: boolean
  readonly keepMetadata: boolean
  /** What a file with missing pixels is: an error, or an image that is transparent there, with a warning. Default 'error'. */
  readonly damaged?: 'error' | 'keep'
  readonly limits: Limits
}

/** Checked from the header, before any pixel is decoded. */
export interface Limits {
  readonly maxBytes: number
  readonly maxPixels: number
  readonly maxFrames: number
}

/** One of several pictures in a file, all of the same size and depth. */
export interface Layer {
  readonly name: string
  /** RGB, RGBA (straight) or gray. */
  readonly raster: Raster
  readonly visible: boolean
}

export interface EncodeRequest {
  readonly format: OutputFormat
  /** 1..100 for WebP, AVIF and JPEG. */
  readonly lossyQuality: number
  readonly icc: Uint8Array | null
  readonly metadata: { readonly exif: Uint8Array | null; readonly xmp: Uint8Array | null }
  /** Print resolution in pixels per inch to write; left unstated without one. */
  readonly densityPpi?: number | undefined
  /** For `psd` from the bottom up, beside the raster; for `zip` what it holds, instead of it: RGB as JPEG, gray as PNG. */
  readonly layers?: readonly Layer[]
}

export interface Codec {
  readonly id: string
  /** The caller owns the picture and may overwrite it. Errors: IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_*, CODEC_MISSING. */
  decode(bytes: Uint8Array, request: DecodeRequest, ctx: Ctx): Promise<Picture>
  encode(raster: Raster, request: EncodeRequest, ctx: Ctx): Promise<Uint8Array>
  /** RGB raster scaled to cover `size` and cropped at the center (CSS `background-size: cover`). */
  cover(raster: Raster, size: Size, ctx: Ctx): Promise<Raster>
  /** Gaussian blur with the given standard deviation in pixels. */
  blur(raster: Raster, sigmaPx: number, ctx: Ctx): Promise<Raster>
}

/** What an engine found. */
export interface Segmentation {
  /** Coarse or full-size alpha in [0, 1]; any size, stretched over the whole picture. */
  readonly alpha: Plane
  /** The same with 8 bits, 255 for 1, where the engine was asked to round it so. */
  readonly levels?: Uint8Array | null
  /** Colors of a finished cutout, where the engine `produces` one: RGB, any size. */
  readonly foreground: Raster | null
  readonly model: string
  readonly precision: string
  /** Milliseconds by step name. */
  readonly timingsMs: Readonly<Record<string, number>>
  readonly warnings: readonly Warning[]
}

export interface SegmentRequest extends EngineRequest {
  /** Whether alpha with 8 bits is enough, which is less to pass on. An engine may ignore it. Default false. */
  readonly asLevels?: boolean
  /** Whether the image was asked about before, so that a smaller network will do. An engine may ignore it. Default false. */
  readonly isSecondLook?: boolean
}

/**
 * Turns a picture into alpha, which the pipeline refines against the picture, or into a finished cutout, which it
 * leaves as it is. The first is a network, the second a service.
 */
export interface Engine extends AsyncDisposable {
  readonly specVersion: 1
  readonly id: string
  readonly produces: 'alpha' | 'cutout'
  /** Loads what `segment` needs, so that the first image does not wait for it. Idempotent. */
  warm(request: EngineRequest, ctx: Ctx): Promise<void>
  /** Errors: MODEL_*, ENGINE_*, ABORTED. A failed call never poisons the next. */
  segment(picture: Picture, request: SegmentRequest, ctx: Ctx): Promise<Segmentation>
}

/** The matting networks of this machine, which find the alpha of edges. */
export interface Refiners extends AsyncDisposable {
  /** Loads the network `name`, for one image: an id of the catalog or a file. Errors: MODEL_*, ABORTED. */
  open(name: string, ctx: Ctx): Promise<Refiner>
}

/** A matting network that is shown an image and a trimap, tile by tile. */
export interface Refiner {
  readonly model: string
  /** The size that it takes. */
  readonly tile: Size
  /** Alpha of one tile. Errors: MODEL_*, ENGINE_FAILED, ABORTED. A failed call never poisons the next. */
  refine(tile: TilePixels, ctx: Ctx): Promise<Plane>
}

/** Reads what options name by path or URL: background pictures. Errors: INPUT_*, URL_REFUSED, FETCH_*, OFFLINE. */
export interface Source {
  read(location: string, options: Pick<GroupedOptions, 'limits' | 'network'>, ctx: Ctx): Promise<Uint8Array>
}

export interface Clock {
  nowMs(): number
}

/**
 * The costly steps of a matte, each as core's own function of the same name: those are the reference, and what is used where
 * a runtime has nothing faster.
 */
export interface MatteKernels {
  decideRegions(coarse: Plane, guide: Raster, options: MatteOptions): RegionDecision
  refineAlpha(coarse: Plane, guide: Raster, options: RefineOptions): Plane
  removeSpecks(alpha: Plane, options: SpeckOptions): Plane
  surveyAlpha(alpha: Plane, threshold: number): AlphaSurvey
  estimateForeground(color: Raster, alpha: Plane, options?: ForegroundOptions): Raster
  /** What each report says about these kernels. */
  readonly warnings?: readonly Warning[]
}
