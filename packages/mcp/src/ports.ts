// What the tools need from the outside. koutu implements it; this package knows no codec, no network and no model.

import type { Ctx, KoutuError, Report, ResolvedOptions } from '@koutu/core'

export interface Cut {
  readonly format: ResolvedOptions['format']
  readonly mimeType: string
  /** Of the result, in pixels. */
  readonly width: number
  readonly height: number
  readonly report: Report
  /** With this the cutter makes a result of the same image again without the network; null where it cannot. Only it looks inside. */
  readonly kept: object | null
  /** The encoded file. */
  bytes(): Promise<Uint8Array>
}

export interface ShownImage {
  readonly bytes: Uint8Array
  readonly mimeType: string
  /** Of the upright image itself, in pixels. */
  readonly width: number
  readonly height: number
}

export interface ModelRow {
  readonly id: string
  readonly about: string
  readonly license: string
  /** Whether the license allows commercial use: yes, no, unclear. */
  readonly commercial: string
  readonly installed: boolean
}

/** One image of a folder or list, and where its result goes. */
export interface PlannedImage {
  readonly input: string
  readonly output: string
}

export interface ImagePlan {
  readonly total: number
  images(): AsyncIterable<PlannedImage>
  /** Inputs that cannot be had. */
  readonly missing: readonly { readonly input: string; readonly error: KoutuError }[]
}

export interface PlanRequest {
  /** Absolute paths of files and folders. */
  readonly inputs: readonly string[]
  /** Absolute path; null to write each result beside its input. */
  readonly folder: string | null
  readonly format: ResolvedOptions['format']
}

export interface Cutter {
  /**
   * Cuts the subject out. `kept` is that of an earlier result of the same source: the network runs only where image, model,
   * quality or region are no longer the same. Errors: any KoutuError.
   */
  cut(input: Uint8Array | URL, options: ResolvedOptions, ctx: Ctx, kept?: object | null): Promise<Cut>
  /** A copy over magenta with the longer side of at most `maxSide` pixels; null where there are none. */
  readonly preview:
    | ((image: Uint8Array, maxSide: number) => Promise<{ readonly bytes: Uint8Array; readonly mimeType: string }>)
    | null
  /**
   * A copy with its transparency, the longer side of at most `maxSide` pixels, for a person to look at; null where there are
   * none. Errors: IMAGE_*.
   */
  readonly show: ((image: Uint8Array, maxSide: number) => Promise<ShownImage>) | null
  /** Writes a result whole or not at all, marked as a result. Errors: OUTPUT_UNWRITABLE. */
  write(path: string, image: Uint8Array, format: ResolvedOptions['format']): Promise<void>
  /** Errors: INVALID_OPTIONS where two results would share a file. */
  plan(request: PlanRequest): Promise<ImagePlan>
  models(): Promise<readonly ModelRow[]>
  /** Loads the model, so that the first image does not wait for it. */
  warm(): Promise<void>
}
