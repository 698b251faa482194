// Truevision TGA. It has no signature at its start: `looksLikeTga` judges whether its fields agree.
// Truevision TGA File Format Specification, version 2.0.

import { type ByteSource, byteView, corrupt } from './byte-view.ts'
import type { PictureHeader } from './picture-header.ts'

const HEADER_BYTES = 18
const [MAPPED, COLOR, GRAY, RUN_LENGTH] = [1, 2, 3, 8]

export interface TgaLayout {
  readonly width: number
  readonly height: number
  readonly kind: 'mapped' | 'color' | 'gray'
  readonly isRunLength: boolean
  /** Bits of one pixel. */
  readonly bits: number
  /** Of a pixel, or of an entry of the color map. */
  readonly hasAlpha: boolean
  readonly isTopDown: boolean
  readonly isRightToLeft: boolean
  readonly map: { readonly at: number; readonly first: number; readonly colors: number; readonly bits: number }
  readonly pixelsAt: number
}

/** Whether bytes of no other format begin as a TGA must. */
export function looksLikeTga(head: Uint8Array): boolean {
  if (head.length < HEADER_BYTES) return false
  const [, mapType = 0, type = 0] = head
  const [mapBits, bits, flags] = [head[7]!, head[16]!, head[17]!]
  const kind = type & ~RUN_LENGTH
  const hasSize = (head[12]! | head[13]!) > 0 && (head[14]! | head[15]!) > 0
  if (!hasSize || (flags & 0xc0) !== 0 || (flags & 15) > 8 || type > 11) return false
  if (kind === MAPPED) return mapType === 1 && bits === 8 && [15, 16, 24, 32].includes(mapBits)
  if (mapType > 1) return false
  return kind === GRAY ? bits === 8 || bits === 16 : kind === COLOR && [15, 16, 24, 32].includes(bits)
}

export function readTgaHeader(source: ByteSource): PictureHeader {
  const { width, height, hasAlpha } = readTgaLayout(source)
  return { format: 'tga', width, height, frames: 1, bitDepth: 8, hasAlpha, orientation: 1, blockPixels: 0 }
}

/** Errors: IMAGE_CORRUPT. */
export function readTgaLayout(source: ByteSource): TgaLayout {
  const view = byteView(source, 'little', 'TGA')
  if (!looksLikeTga(view.bytes(0, HEADER_BYTES))) throw corrupt('the fields of the TGA header do not agree')
  const type = view.u8(2)
  const kind = type & ~RUN_LENGTH
  const [bits, flags] = [view.u8(16), view.u8(17)]
  const map = { at: HEADER_BYTES + view.u8(0), first: view.u16(3), colors: view.u16(5), bits: view.u8(7) }
  const depth = kind === MAPPED ? map.bits : bits
  return {
    width: view.u16(12),
    height: view.u16(14),
    kind: kind === MAPPED ? 'mapped' : kind === GRAY ? 'gray' : 'color',
    isRunLength: (type & RUN_LENGTH) !== 0,
    bits,
    // 16 bits hold one of alpha where the descriptor says so, and 16-bit gray is gray and alpha.
    hasAlpha: (flags & 15) > 0 && (depth === 32 || depth === 16),
    isTopDown: (flags & 0x20) !== 0,
    isRightToLeft: (flags & 0x10) !== 0,
    map,
    pixelsAt: map.at + (view.u8(1) === 1 ? map.colors * Math.ceil(map.bits / 8) : 0),
  }
}
