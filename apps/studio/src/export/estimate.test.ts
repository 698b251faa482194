import { expect, it } from 'vitest'
import { FORMATS, sizesFrom, withRelated } from './estimate.ts'

it('the format that is there keeps its size, and the others have the ratios of the copy', () => {
  const rates = { ...withRelated({ png: 1, webp: 0.2, jpeg: 0.3 }), psd: 8 }
  for (const format of FORMATS) expect(sizesFrom(rates, format, 12_345)[format]).toBe(12_345)
  expect(sizesFrom(rates, 'psd', 8000)).toMatchObject({ psd: 8000, png: 1000, webp: 200 })
  expect(sizesFrom(rates, 'png', 1000)).toMatchObject({ png: 1000, webp: 200, jpeg: 300, psd: 8000 })
  expect(sizesFrom(rates, 'webp', 1000)).toMatchObject({ png: 5000, webp: 1000, jpeg: 1500 })
})

it('only the size of the file itself is known where nothing is known of its format', () => {
  expect(sizesFrom(withRelated({ png: 1, webp: 0.2, jpeg: 0.3 }), 'psd', 1000)).toEqual({ psd: 1000 })
})
