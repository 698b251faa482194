// Files of several images, opened by readers that other people wrote.

import type { EncodeRequest, Layer, Raster } from '@koutu/core'
import { drawCutout, drawGradient, matrixProfile, unzip, WIDE_SPACE } from '@koutu/testing'
import { initializeCanvas, readPsd } from 'ag-psd'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createSharpCodec } from './sharp-codec.ts'

const codec = createSharpCodec()

const request = (format: 'zip' | 'psd', layers: readonly Layer[]): EncodeRequest => ({
  format,
  lossyQuality: 95,
  icc: null,
  metadata: { exif: null, xmp: null },
  layers,
})

function greyDisc(width: number, height: number, depth: 8 | 16): Raster {
  const cutout = drawCutout(width, height, depth)
  const grey = cutout.data.filter((_, i) => i % 4 === 3)
  return { width, height, channels: 1, alpha: 'none', data: grey }
}

describe('zip', () => {
  it.each([8, 16] as const)('holds color.jpg and alpha.png of %i bits', async (depth) => {
    const color = drawGradient(80, 60, depth)
    const alpha = greyDisc(80, 60, depth)
    const bytes = await codec.encode(
      color,
      request('zip', [
        { name: 'color', raster: color, visible: true },
        { name: 'alpha', raster: alpha, visible: true },
      ]),
      {},
    )
    const members = await unzip(bytes)
    expect([...members.keys()]).toEqual(['color.jpg', 'alpha.png'])
    const jpeg = await sharp(members.get('color.jpg')!).raw().toBuffer({ resolveWithObject: true })
    expect(jpeg.info).toMatchObject({ width: 80, height: 60, channels: 3 })
    const eight = drawGradient(80, 60, 8).data
    expect(jpeg.data.reduce((sum, value, i) => sum + Math.abs(value - eight[i]!), 0) / eight.length).toBeLessThan(3)
    const png = sharp(members.get('alpha.png')!)
    expect(await png.metadata()).toMatchObject({ format: 'png', channels: 1, depth: depth === 16 ? 'ushort' : 'uchar' })
    const grey = await png
      .toColourspace(depth === 16 ? 'grey16' : 'b-w')
      .raw({ depth: depth === 16 ? 'ushort' : 'uchar' })
      .toBuffer()
    const samples = depth === 16 ? new Uint16Array(new Uint8Array(grey).buffer) : grey
    expect([...samples]).toEqual([...alpha.data])
  })

  it('gives the same bytes for the same image', async () => {
    const color = drawGradient(20, 10, 8)
    const layers: Layer[] = [{ name: 'color', raster: color, visible: true }]
    const [a, b] = [
      await codec.encode(color, request('zip', layers), {}),
      await codec.encode(color, request('zip', layers), {}),
    ]
    expect(Buffer.compare(a, b)).toBe(0)
  })
})

// The reader makes its images by these two; a canvas it does not need.
initializeCanvas(
  () => {
    throw new Error('no canvas here')
  },
  (width, height) => ({ width, height, data: new Uint8ClampedArray(width * height * 4) }) as never,
)

describe('psd', () => {
  /** The reader knows no transparency in merged images of 16 bits. */
  const open = (bytes: Uint8Array, skipCompositeImageData = false) =>
    readPsd(Buffer.from(bytes), {
      useImageData: true,
      skipThumbnail: true,
      throwForMissingFeatures: true,
      skipCompositeImageData,
    })

  /** The reader gives RGBA of 8 bits, or 16. */
  const samplesOf = (data: ArrayLike<number>, raster: Raster): number[] => {
    const max = raster.data instanceof Uint16Array ? 65535 : 255
    const expected: number[] = []
    for (let i = 0; i < raster.width * raster.height; i++) {
      const at = i * raster.channels
      const [r, g, b] = raster.channels === 1 ? [0, 0, 0] : [0, 1, 2]
      expected.push(raster.data[at + r!]!, raster.data[at + g!]!, raster.data[at + b!]!)
      expected.push(raster.channels === 4 ? raster.data[at + 3]! : max)
    }
    expect(data.length).toBe(expected.length)
    return expected
  }

  it.each([8, 16] as const)('holds its layers, %i bits each, as another reader reads them', async (depth) => {
    const [width, height] = [150, 70]
    const cutout = drawCutout(width, height, depth)
    const layers: Layer[] = [
      { name: 'Original', raster: drawGradient(width, height, depth), visible: false },
      { name: 'Cutout', raster: cutout, visible: true },
      { name: 'Mask', raster: greyDisc(width, height, depth), visible: false },
    ]
    const bytes = await codec.encode(cutout, request('psd', layers), {})
    const psd = open(bytes, depth === 16)
    expect(psd).toMatchObject({ width, height, channels: 4, bitsPerChannel: depth, colorMode: 3 })
    expect(psd.children!.map(({ name, hidden }) => [name, hidden])).toEqual([
      ['Original', true],
      ['Cutout', false],
      ['Mask', true],
    ])
    layers.forEach(({ raster }, i) => {
      const { left, top, imageData } = psd.children![i]!
      expect([left, top, imageData!.width, imageData!.height]).toEqual([0, 0, width, height])
      expect(Array.from(imageData!.data)).toEqual(samplesOf(imageData!.data, raster))
    })
    if (depth === 16) {
      // As it is at the end of the file: red, green, blue and alpha one after the other, on white.
      const max = 65535
      const planes = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - width * height * 8)
      for (let i = 0; i < width * height; i += 7) {
        const alpha = cutout.data[i * 4 + 3]!
        expect(planes.getUint16((3 * width * height + i) * 2)).toBe(alpha)
        const expected = Math.round((cutout.data[i * 4]! * alpha) / max + max - alpha)
        expect(Math.abs(planes.getUint16(i * 2) - expected)).toBeLessThanOrEqual(1)
      }
      return
    }
    // The reader takes the white out again, as far as 8 bits let it.
    const shown = psd.imageData!.data
    cutout.data.forEach((value, i) => {
      const alpha = cutout.data[i - (i % 4) + 3]!
      if (i % 4 === 3) expect(shown[i]).toBe(value)
      else if (alpha > 0) expect(Math.abs(shown[i]! - value)).toBeLessThanOrEqual(Math.ceil(128 / alpha) + 1)
    })
  })

  it('packs noise, runs and rows of every length without loss', async () => {
    for (const width of [1, 2, 3, 127, 128, 129, 130, 257]) {
      const data = Uint8Array.from({ length: width * 6 * 3 }, (_, i) => {
        const row = Math.floor(i / (width * 3))
        return row < 2 ? (i * 7919) % 256 : row < 4 ? row : i % 5 < 3 ? 9 : i % 256
      })
      const raster: Raster = { width, height: 6, channels: 3, alpha: 'none', data }
      const psd = open(await codec.encode(raster, request('psd', [{ name: 'One', raster, visible: true }]), {}))
      expect(Array.from(psd.children![0]!.imageData!.data)).toEqual(samplesOf(psd.imageData!.data, raster))
    }
  })

  it('carries the profile', async () => {
    const raster = drawGradient(8, 8, 8)
    const icc = matrixProfile(WIDE_SPACE)
    const bytes = await codec.encode(raster, { ...request('psd', []), icc }, {})
    expect(Buffer.from(bytes).includes(Buffer.from(icc))).toBe(true)
    expect(open(bytes)).toMatchObject({ width: 8, height: 8 })
  })

  it('refuses what the format cannot hold, and stops when asked to', async () => {
    const wide: Raster = { width: 30001, height: 1, channels: 1, alpha: 'none', data: new Uint8Array(30001) }
    await expect(codec.encode(wide, request('psd', []), {})).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
    const stopped = codec.encode(drawGradient(8, 8, 8), request('psd', []), { signal: AbortSignal.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
  })
})
