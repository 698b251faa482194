import { groupOptions, inspectPicture, type Options, resolveOptions } from '@koutu/core'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkMemory, encodingBytes, fitsBesideNetwork, imageBytes, resultBytes } from './image-memory.ts'

const MB = 2 ** 20
const LIMITS = { maxBytes: 1e9, maxPixels: 1e9, maxFrames: 10 }
const NO_OPTIONS = groupOptions(resolveOptions({}))

let header: ReturnType<typeof inspectPicture>
beforeAll(async () => {
  const file = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer()
  header = inspectPicture(file, LIMITS)
})

/** A photo of a phone with 48 megapixels. */
const needed = (options: Options = {}, facts = {}) =>
  imageBytes({ ...header, width: 8064, height: 6048, ...facts }, 8e6, groupOptions(resolveOptions(options)))

describe('the memory of an image', () => {
  it('is estimated as measured: 48 megapixels need more than 640 MB and fit into 720', () => {
    expect(needed()).toBeGreaterThan(640 * MB)
    expect(needed()).toBeLessThan(720 * MB)
  })

  it('grows with what is asked for, and with what the image holds', () => {
    const more: Options[] = [{ shadow: 'drop' }, { feather: 2 }, { format: 'psd' }, { background: { type: 'blur' } }]
    for (const options of more) expect(needed(options)).toBeGreaterThan(needed())
    expect(needed({ mask: true })).toBeLessThan(needed())
    expect(needed({}, { hasAlpha: true })).toBeGreaterThan(needed())
    expect(needed({}, { bitDepth: 16 })).toBeGreaterThan(1.8 * needed() - 200e6)
  })

  it('counts the encoder where it takes more than the matte', () => {
    const result = (options: Options = {}, facts = {}) =>
      resultBytes({ ...header, width: 6000, height: 4500, ...facts }, 8e6, groupOptions(resolveOptions(options)))
    // Measured: 351 MB while the matte of 27 megapixels is made, 790 MB with WebP's encoder.
    expect(result()).toBeGreaterThan(320e6)
    expect(result()).toBeLessThan(380e6)
    expect(result({ format: 'webp' })).toBeGreaterThan(790e6)
    expect(result({ format: 'webp' })).toBeLessThan(900e6)
    expect(result({ format: 'avif' })).toBeGreaterThan(result({ format: 'webp' }))
    expect(result({ format: 'webp', keepMetadata: true })).toBeGreaterThan(result({ format: 'webp' }))
    const raster = { width: 6000, height: 4500, data: new Uint8Array() }
    const metadata = { exif: null, xmp: null }
    expect(encodingBytes(raster, { format: 'webp', icc: null, metadata })).toBe(result({ format: 'webp' }))
    const deep = { ...raster, data: new Uint16Array() }
    expect(encodingBytes(deep, { format: 'webp', icc: null, metadata })).toBe(
      result({ format: 'webp' }, { bitDepth: 16 }),
    )
  })

  it('is refused beyond a limit only', () => {
    const bytes = imageBytes({ ...header, width: 60_000, height: 60_000 }, 0, NO_OPTIONS)
    expect(() => checkMemory(bytes, { bytes: 512 * MB, isLimited: true })).toThrow(
      expect.objectContaining({
        code: 'MEMORY_INSUFFICIENT',
        data: expect.objectContaining({ actual: expect.any(Number) }),
      }),
    )
    expect(() => checkMemory(bytes, { bytes: 512 * MB, isLimited: false })).not.toThrow()
    expect(() => checkMemory(needed({ mask: true }), { bytes: 4096 * MB, isLimited: true })).not.toThrow()
  })

  it('decides whether the network stays loaded', () => {
    const photo = imageBytes({ ...header, width: 4032, height: 3024 }, 4e6, NO_OPTIONS)
    expect(fitsBesideNetwork(photo, 512 * MB)).toBe(false)
    expect(fitsBesideNetwork(photo, 1024 * MB)).toBe(true)
    expect(fitsBesideNetwork(needed(), 1024 * MB)).toBe(false)
  })
})
