import { describe, expect, it } from 'vitest'
import { checkWeight, DEFAULT_MAX_PIXELS, imageBytes, shareMemory, weighedPixels } from './server-memory.ts'

const header = (width: number, height: number, bitDepth: number, hasAlpha = false) => ({
  format: 'png' as const,
  width,
  height,
  frames: 1,
  bitDepth,
  hasAlpha,
  orientation: 1 as const,
  blockPixels: 0,
})

describe('the memory of a server', () => {
  it('is shared by bodies and images, which do not wait for each other', async () => {
    const { requests, images } = shareMemory(800)
    const image = await images.acquire(700)
    expect(requests.tryAcquire(100)).not.toBeNull()
    expect(requests.tryAcquire(1)).toBeNull()
    expect(images.tryAcquire(1)).toBeNull()
    image()
    expect(images.tryAcquire(1)).not.toBeNull()
    expect(requests.usedBytes + images.usedBytes).toBe(101)
  })

  it('counts 16 bits, alpha and files', () => {
    expect(weighedPixels(header(1000, 1000, 8, true))).toBe(1e6)
    expect(weighedPixels(header(1000, 1000, 16))).toBe(1.4e6)
    expect(weighedPixels(header(1000, 1000, 16, true))).toBe(1.55e6)
    expect(weighedPixels({ ...header(1000, 1000, 10), format: 'heic' })).toBe(1e6)
    expect(weighedPixels({ ...header(100, 100, 8), blockPixels: 500 })).toBe(10_500)
    expect(imageBytes(1e6, 1e6)).toBe(24e6)
  })

  const usual = { maxPixels: DEFAULT_MAX_PIXELS }

  it.each([
    [header(10_000, 5_000, 16, true), 32_258_064],
    [header(9_504, 6_336, 16), 48_214_285],
    [header(9_504, 6_336, 8, true), 50e6],
    [{ ...header(8_192, 6_144, 8), format: 'jxl' as const }, 28_124_999],
  ])('refuses what a runner of 1.5 GB could not hold: %o, over %d pixels', (large, limit) => {
    const data = { limit, actual: large.width * large.height }
    const refused = expect.objectContaining({ code: 'IMAGE_TOO_LARGE', data })
    expect(() => checkWeight(large, usual)).toThrow(refused)
    expect(() => checkWeight(large, { maxPixels: 1e6 })).toThrow(refused)
    checkWeight(large, { maxPixels: 128e6 })
  })

  it.each([
    [8_192, 6_144],
    [8_688, 5_792],
    [9_504, 6_336],
    [8_000, 8_000],
  ])('takes %d x %d pixels of 8 bits, and smaller ones with more to a pixel', (width, height) => {
    checkWeight(header(width, height, 8), usual)
    checkWeight(header(8_256, 5_504, 16), usual)
    checkWeight(header(10_000, 5_000, 8, true), usual)
  })
})
