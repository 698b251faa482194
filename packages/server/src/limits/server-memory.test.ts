import { describe, expect, it } from 'vitest'
import { checkWeight, imageBytes, shareMemory, weighedPixels } from './server-memory.ts'

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

  it('refuses what a runner of 1.5 GB could not hold, and nothing of 8 bits', () => {
    const refused = { code: 'IMAGE_TOO_LARGE', data: { limit: 32_258_064, actual: 50e6 } }
    expect(() => checkWeight(header(10_000, 5_000, 16, true), { maxPixels: 50e6 })).toThrow(
      expect.objectContaining(refused),
    )
    checkWeight(header(10_000, 5_000, 8, true), { maxPixels: 50e6 })
    checkWeight(header(8_256, 5_504, 16), { maxPixels: 50e6 })
    checkWeight(header(10_000, 5_000, 16, true), { maxPixels: 80e6 })
  })
})
