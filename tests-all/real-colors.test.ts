// Foreground colors on real photographs: each is laid over strong colors with its true alpha, so that the right answer is known
// exactly, and the background is taken out again.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { estimateForeground, type Plane, type Raster } from '@koutu/core'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { DATA, isMissing, reason } from '../tests/evaluation-set.ts'

const GROUNDS = { green: [0, 255, 0], magenta: [255, 0, 255] } as const
/** Alpha within half an 8-bit step of 0 or 1 is not soft. */
const isSoft = (alpha: number) => alpha > 1 / 510 && alpha < 1 - 1 / 510

describe.skipIf(isMissing)(`images of tiers A and B over strong colors${reason}`, () => {
  for (const [name, ground] of Object.entries(GROUNDS)) {
    it(`takes at least 60 % of the ${name} out of soft edges`, async () => {
      const { items } = JSON.parse(readFileSync(join(DATA, 'manifest.json'), 'utf8')) as {
        items: { image: string; alpha: string; tier: string }[]
      }
      const soft = items.filter(({ tier }) => tier === 'A' || tier === 'B')
      expect(soft).toHaveLength(34)
      const shares: number[] = []
      for (const item of soft) {
        const alpha = await readAlpha(join(DATA, item.alpha))
        // Any foreground will do, as long as it is known: this one looks like the subject's own.
        const front = estimateForeground(await readColor(join(DATA, item.image)), alpha)
        const photo = layOver(front, alpha, ground)
        shares.push(error(estimateForeground(photo, alpha), front, alpha) / error(photo, front, alpha))
      }
      const left = shares.reduce((sum, share) => sum + share, 0) / shares.length
      if (process.env.KOUTU_UPDATE_GOLDEN === '1')
        process.stdout.write(`${name}: ${left.toFixed(3)} of the error left\n`)
      expect(left).toBeLessThan(0.4)
    }, 120_000)
  }
})

async function readAlpha(path: string): Promise<Plane> {
  const { data, info } = await sharp(path).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: Float32Array.from(data, (v) => v / 255) }
}

async function readColor(path: string): Promise<Raster> {
  const { data, info } = await sharp(path)
    .autoOrient()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels: 3, alpha: 'none', data }
}

function layOver(front: Raster, alpha: Plane, ground: readonly number[]): Raster {
  const data = Uint8Array.from(front.data, (value, i) => {
    const cover = alpha.data[Math.floor(i / 3)]!
    return Math.round(cover * value + (1 - cover) * ground[i % 3]!)
  })
  return { ...front, data }
}

/** Sum over soft pixels of alpha times the difference of color: what is seen of a wrong color. */
function error(shown: Raster, truth: Raster, alpha: Plane): number {
  let sum = 0
  for (let i = 0; i < alpha.data.length; i++) {
    const cover = alpha.data[i]!
    if (!isSoft(cover)) continue
    for (let c = 0; c < 3; c++) sum += cover * Math.abs(shown.data[i * 3 + c]! - truth.data[i * 3 + c]!)
  }
  return sum
}
