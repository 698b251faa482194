// HEIC and AVIF header: the item properties of the primary image. ISO/IEC 14496-12 (boxes), 23008-12 (HEIF), AV1-ISOBMFF.

import { boxes, type FileBox, findBox } from './boxes.ts'
import { type ByteSource, type ByteView, byteView, corrupt } from './byte-view.ts'
import { hasAllData, neededItems } from './heif-extents.ts'
import type { Orientation, PictureHeader } from './picture-header.ts'

/** EXIF orientation of `irot`, which turns by quarters against the clock. Mirrors change no size and are left out. */
const TURNED: readonly Orientation[] = [1, 8, 3, 6]

/** `format` follows the codec found, where the brands said only HEIF. Sequences count their samples. */
export function readHeifHeader(source: ByteSource, sniffed: 'avif' | 'heic'): PictureHeader {
  const { view, top, all, item, propertiesOf } = readItems(source)
  const own = propertiesOf(item)
  const extents = findBox(own, 'ispe')
  if (!extents) throw corrupt('the primary image of the HEIF file states no size')
  const turn = findBox(own, 'irot')
  const moov = findBox(top, 'moov')
  return {
    format: sniffed === 'heic' && findBox(all, 'av1C') && !findBox(all, 'hvcC') ? 'avif' : sniffed,
    width: view.u32(extents.from + 4),
    height: view.u32(extents.from + 8),
    frames: moov ? Math.max(1, sampleCount(view, moov)) : 1,
    bitDepth: depth(view, own),
    hasAlpha: all.some((box) => box.type === 'auxC' && isAlpha(view, box)),
    orientation: turn ? TURNED[view.u8(turn.from) & 3]! : 1,
    blockPixels: 0,
  }
}

/** Whether data of the image, of one of its tiles or of its alpha lies beyond the file. */
export function lacksHeifData(source: ByteSource): boolean {
  const { view, inMeta, item, propertiesOf } = readItems(source)
  const locations = findBox(inMeta, 'iloc')
  const isAlphaItem = (id: number) => propertiesOf(id).some((box) => box.type === 'auxC' && isAlpha(view, box))
  return (
    locations !== undefined &&
    !hasAllData(view, locations, neededItems(view, findBox(inMeta, 'iref'), item, isAlphaItem))
  )
}

/** The primary item and the properties of items. Errors: IMAGE_CORRUPT. */
function readItems(source: ByteSource) {
  const view = byteView(source, 'big', 'HEIF')
  const top = boxes(view, 0, view.length)
  const meta = findBox(top, 'meta')
  if (!meta) throw corrupt('expected a meta box in the HEIF file but found none')
  const inMeta = boxes(view, meta.from + 4, meta.to)
  const properties = findBox(inMeta, 'iprp')
  const inProperties = properties ? boxes(view, properties.from, properties.to) : []
  const container = findBox(inProperties, 'ipco')
  const associations = findBox(inProperties, 'ipma')
  const primary = findBox(inMeta, 'pitm')
  if (!container || !associations || !primary) {
    throw corrupt('expected a primary item with properties in the HEIF file but found none')
  }
  const all = boxes(view, container.from, container.to)
  const item = view.u8(primary.from) === 0 ? view.u16(primary.from + 4) : view.u32(primary.from + 4)
  const propertiesOf = (id: number) => associated(view, associations, id).flatMap((index) => all[index - 1] ?? [])
  return { view, top, inMeta, all, item, propertiesOf }
}

/** Numbers of the properties of one item, counted from 1. */
function associated(view: ByteView, ipma: FileBox, wanted: number): readonly number[] {
  const wideIds = view.u8(ipma.from) >= 1
  const wideIndexes = (view.u24(ipma.from + 1) & 1) === 1
  const entries = view.u32(ipma.from + 4)
  let at = ipma.from + 8
  for (let entry = 0; entry < entries && at < ipma.to; entry++) {
    const id = wideIds ? view.u32(at) : view.u16(at)
    at += wideIds ? 4 : 2
    const count = view.u8(at++)
    const width = wideIndexes ? 2 : 1
    if (id === wanted) {
      // The highest bit says "essential".
      return Array.from({ length: count }, (_, i) =>
        wideIndexes ? view.u16(at + 2 * i) & 0x7fff : view.u8(at + i) & 0x7f,
      )
    }
    at += count * width
  }
  return []
}

function depth(view: ByteView, own: readonly FileBox[]): number {
  const pixi = findBox(own, 'pixi')
  // A pixi box that states no depth leaves the question to the configuration of the codec.
  const stated = pixi && view.u8(pixi.from + 4) > 0 ? view.u8(pixi.from + 5) : 0
  if (stated > 0) return stated
  const av1 = findBox(own, 'av1C')
  if (av1) {
    const flags = view.u8(av1.from + 2)
    return (flags & 0x40) === 0 ? 8 : (flags & 0x20) === 0 ? 10 : 12
  }
  const hevc = findBox(own, 'hvcC')
  return hevc ? (view.u8(hevc.from + 17) & 7) + 8 : 8
}

function isAlpha(view: ByteView, box: FileBox): boolean {
  const urn = view.name(box.from + 4, Math.max(0, Math.min(64, box.to - box.from - 4)))
  return urn.startsWith('urn:mpeg:mpegB:cicp:systems:auxiliary:alpha') || urn.startsWith('urn:mpeg:hevc:2015:auxid:1')
}

/** The largest number of samples that a track of a sequence states. */
function sampleCount(view: ByteView, moov: FileBox): number {
  let most = 0
  for (const track of boxes(view, moov.from, moov.to)) {
    if (track.type !== 'trak') continue
    let inside: FileBox | undefined = track
    for (const type of ['mdia', 'minf', 'stbl', 'stsz']) {
      inside = inside && findBox(boxes(view, inside.from, inside.to), type)
    }
    if (inside) most = Math.max(most, view.u32(inside.from + 8))
  }
  return most
}
