// Alpha as callers give it: samples in memory, or anything that is read as an image.

import type { Plane } from '@koutu/core'
import { type PlainInput, plainInput, type RemoverInput } from './inputs.ts'
import type { Options } from './options.ts'

/** Alpha of an image, row-major from the top left: floats from 0 to 1, or integers of 8 or 16 bits. */
export interface AlphaPixels {
  readonly data: Float32Array | Uint8Array | Uint8ClampedArray | Uint16Array
  readonly width: number
  readonly height: number
}

/** Alpha on its own, or an image that shows it: by its transparency where it has any, else by its brightness. */
export type AlphaInput = RemoverInput | AlphaPixels

export type PlainAlpha = PlainInput | { readonly plane: Plane }

/** Alpha that is given is not made better: its specks may be meant. */
export const ALPHA_DEFAULTS = { speckArea: '0' } as const satisfies Options

/** The value of full alpha, by the type of array. */
const WHITE: Readonly<Record<string, number>> = {
  Float32Array: 1,
  Uint16Array: 65_535,
  Uint8Array: 255,
  Uint8ClampedArray: 255,
}

/** Errors: those of `plainInput`. */
export async function plainAlpha(input: AlphaInput, maxBytes: number, signal?: AbortSignal): Promise<PlainAlpha> {
  const { data, width, height } = (input ?? {}) as Partial<AlphaPixels>
  // Told by its shape: other realms have classes of their own.
  const white = WHITE[Object.prototype.toString.call(data).slice('[object '.length, -1)]
  const isOneChannel = data !== undefined && data.length > 0 && data.length === (width ?? 0) * (height ?? 0)
  if (white === undefined || !isOneChannel) return plainInput(input as RemoverInput, maxBytes, signal)
  const plane = new Float32Array(data.length)
  for (let i = 0; i < plane.length; i++) plane[i] = data[i]! / white
  return { plane: { data: plane, width: width!, height: height! } }
}
