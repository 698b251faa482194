// The call that most browser suites make.

import type { Page } from 'playwright-core'

/** One call with a white square on black: its error's code, or the codes of its warnings. */
export const cut = (page: Page, options: object = {}) =>
  page.evaluate(async (given) => {
    const canvas = new OffscreenCanvas(64, 64)
    const context = canvas.getContext('2d')!
    context.fillStyle = '#000'
    context.fillRect(0, 0, 64, 64)
    context.fillStyle = '#fff'
    context.fillRect(16, 16, 32, 32)
    try {
      const { report, alpha } = await koutu.removeBackground(canvas, { model: 'tiny', ...given })
      const center = alpha.data[32 * 64 + 32]!
      return { precision: report.precision, center, warnings: report.warnings.map(({ code }) => code) }
    } catch (error) {
      return koutu.isKoutuError(error) ? { code: error.code, message: error.message } : { code: String(error) }
    }
  }, options)

/** What it answers where nothing is wrong. */
export const GOOD = { center: 1, warnings: [] }
