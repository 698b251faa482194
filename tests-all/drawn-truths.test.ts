// The matte of every class of drawn truths at every size against golden figures, which docs/quality.md shows.
// `KOUTU_UPDATE_GOLDEN=1` writes them anew.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKernels } from '@koutu/node'
import { SUBJECT_CLASSES } from '@koutu/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { type DrawnRow, rowsOf } from '../tests/drawn-set.ts'
import { ROOT } from '../tests/evaluation-set.ts'

const PATH = join(ROOT, 'tests/golden/drawn-truths.json')
const TOLERANCE = 0.01
const isUpdating = process.env.KOUTU_UPDATE_GOLDEN === '1'

describe('drawn truths', async () => {
  const kernels = await createKernels()
  const golden = JSON.parse(await readFile(PATH, 'utf8')) as Record<string, DrawnRow[]>
  const now: Record<string, DrawnRow[]> = {}
  afterAll(async () => {
    if (!isUpdating) return
    const rounded = (_key: string, part: unknown) => (typeof part === 'number' ? Number(part.toPrecision(4)) : part)
    await writeFile(PATH, `${JSON.stringify({ ...golden, ...now }, rounded, 2)}\n`)
  })

  it.each(SUBJECT_CLASSES)('%s: no worse than before in any image', (subject) => {
    now[subject] = rowsOf(subject, kernels)
    if (isUpdating) return
    const lost = now[subject].filter((row, i) => {
      const was = golden[subject]?.[i]
      return !was || row.sad > was.sad * (1 + TOLERANCE) || row.grad > was.grad * (1 + TOLERANCE)
    })
    expect(lost).toEqual([])
  })
})
