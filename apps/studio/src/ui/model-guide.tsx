// What each model is for, drawn.

import { t } from '../i18n/index.ts'
import type { Model } from '../jobs/candidates.ts'

type Purpose = 'general' | 'people' | 'anime' | 'hair' | 'quick' | 'thorough'

const KINDS: readonly (readonly [RegExp, Purpose])[] = [
  [/anime/, 'anime'],
  [/matting/, 'hair'],
  [/human|people|portrait|modnet/, 'people'],
  [/u2net|u2netp|silueta/, 'quick'],
  [/birefnet|ben2|rmbg-2/, 'thorough'],
]

export const purposeOf = (model: string): Purpose => KINDS.find(([name]) => name.test(model))?.[1] ?? 'general'

const ORDER: readonly Purpose[] = ['general', 'people', 'hair', 'anime', 'quick', 'thorough']

export function ModelGuide({ models, chosen }: { models: readonly Model[]; chosen: readonly string[] }) {
  const { compare } = t()
  const shown = ORDER.filter((purpose) => models.some(({ id }) => purposeOf(id) === purpose))
  return (
    <ul class="guide" aria-label={compare.guide}>
      {shown.map((purpose) => {
        const own = models.filter(({ id }) => purposeOf(id) === purpose)
        return (
          <li key={purpose} data-chosen={chosen.some((id) => purposeOf(id) === purpose) ? '' : undefined}>
            <Drawing purpose={purpose} />
            <p>
              {compare.purposes[purpose]} <span class="quiet">{own.map(({ id }) => id).join(', ')}</span>
            </p>
          </li>
        )
      })}
    </ul>
  )
}

/** Fills and paths on a square of 48: what the model is at home with. */
const DRAWINGS: Readonly<Record<Purpose, readonly (readonly [fill: string, path: string])[]>> = {
  general: [
    ['#d9673f', 'M8 20h18v14a7 7 0 0 1-7 7h-4a7 7 0 0 1-7-7z'],
    ['#c2512f', 'M26 23h3a5 5 0 0 1 0 10h-3v-3h3a2 2 0 0 0 0-4h-3z'],
    ['#4f8f5a', 'M36 26c-4-6-2-12 0-16 2 4 4 10 0 16zM35 26h2v9h-2z'],
    ['#e8e2d6', 'M31 33h11l-2 8h-7z'],
  ],
  people: [
    ['#5b3a29', 'M15 20c0-8 4-12 9-12s9 4 9 12v6H15z'],
    ['#f0c39c', 'M24 12a7 7 0 0 1 7 7v3a7 7 0 0 1-14 0v-3a7 7 0 0 1 7-7z'],
    ['#3f6ea5', 'M8 44c0-9 7-14 16-14s16 5 16 14z'],
  ],
  hair: [
    ['#b9773b', 'M24 10c9 0 14 6 14 15 0 8-6 14-14 14s-14-6-14-14c0-9 5-15 14-15z'],
    [
      '#b9773b',
      'M10 20l-6-3 6 6-7 1 8 3-6 4 8 0M38 20l6-3-6 6 7 1-8 3 6 4-8 0M16 12l-2-7 5 5 2-7 3 6 4-6 1 7 5-4-2 7z',
    ],
    ['#2b2b2b', 'M17 23h3v3h-3zM28 23h3v3h-3zM22 29h4l-2 3z'],
  ],
  anime: [
    ['#7a5bc4', 'M10 24C8 12 16 6 24 6s16 6 14 18l-2 12-3-8H15l-3 8z'],
    ['#ffe0cc', 'M15 22h18v8a9 9 0 0 1-18 0z'],
    ['#34306b', 'M18 25h4v6h-4zM26 25h4v6h-4z'],
    ['#e05b8a', 'M14 44c0-6 4-8 10-8s10 2 10 8z'],
  ],
  quick: [['#e0a72e', 'M27 4L11 27h10l-3 17 18-25H25z']],
  thorough: [
    ['#3b7f86', 'M20 6a14 14 0 1 1 0 28 14 14 0 0 1 0-28z'],
    ['#d7eef0', 'M20 10a10 10 0 1 1 0 20 10 10 0 0 1 0-20z'],
    ['#3b7f86', 'M30 32l3-3 11 11-3 4z'],
    ['#d9673f', 'M14 25c0-5 2-9 6-11 4 2 6 6 6 11z'],
  ],
}

function Drawing({ purpose }: { purpose: Purpose }) {
  return (
    <svg viewBox="0 0 48 48" aria-hidden="true">
      {DRAWINGS[purpose].map(([fill, path]) => (
        <path key={path} fill={fill} d={path} />
      ))}
    </svg>
  )
}
