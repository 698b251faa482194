// The page with @koutu/browser.

import { removeBackground } from '@koutu/browser'
import { fetchImage, offer } from './measure.ts'

const baseUrl = '/koutu/'

offer(
  async (image, options) => {
    const { image: cutout, report } = await removeBackground(image, { baseUrl, ...options })
    const warnings = report.warnings.map(({ code }) => code)
    return { file: await cutout.blob(), detail: [report.precision, ...warnings].join(', ') }
  },
  async (url, options) => {
    const { alpha } = await removeBackground(await fetchImage(url), { baseUrl, ...options })
    const { buffer, byteOffset, byteLength } = alpha.data
    return (new Uint8Array(buffer, byteOffset, byteLength) as unknown as { toBase64(): string }).toBase64()
  },
)
