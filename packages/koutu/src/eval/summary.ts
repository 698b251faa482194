// Means of the scores: over all images, by tier and by kind. Plain data, ready to be printed as JSON.

import { METRICS, type Scores } from '@koutu/core'
import { SEPARATE_TIER } from './dataset.ts'
import type { PictureResult, PictureScored } from './evaluate.ts'
import { type Ratios, ratiosOf } from './ratios.ts'

/** Mean over the scored images of a group. */
export interface GroupSummary {
  readonly name: string
  readonly count: number
  readonly scores: Scores
  /** The network alone; null unless every image of the group was compared with it. */
  readonly network: Scores | null
  /** The same comparison image by image. */
  readonly ratios: Ratios | null
  readonly timingsMs: Readonly<Record<string, number>>
}

/** The JSON that `koutu eval` prints. */
export interface EvalReport {
  readonly specVersion: 1
  readonly title: string
  readonly scored: number
  readonly failed: number
  /** Mean over every scored image outside tier T; null when there is none. */
  readonly overall: GroupSummary | null
  /** Tier T stands last and is part of no other mean. */
  readonly tiers: readonly GroupSummary[]
  readonly kinds: readonly GroupSummary[]
  readonly pictures: readonly PictureResult[]
}

/** Averages results; `title` says what was run on what. */
export function summarize(title: string, pictures: readonly PictureResult[]): EvalReport {
  const scored = pictures.filter((picture) => picture.ok)
  const averaged = scored.filter((picture) => picture.tier !== SEPARATE_TIER)
  const separate = scored.filter((picture) => picture.tier === SEPARATE_TIER)
  return {
    specVersion: 1,
    title,
    scored: scored.length,
    failed: pictures.length - scored.length,
    overall: averaged.length > 0 ? average('all', averaged) : null,
    tiers: [
      ...groups(averaged, (picture) => picture.tier),
      ...(separate.length > 0 ? [average(SEPARATE_TIER, separate)] : []),
    ],
    kinds: groups(averaged, (picture) => picture.kind),
    pictures,
  }
}

function groups(pictures: readonly PictureScored[], key: (picture: PictureScored) => string): GroupSummary[] {
  return [...Map.groupBy(pictures, key)]
    .map(([name, members]) => average(name, members))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function average(name: string, pictures: readonly PictureScored[]): GroupSummary {
  const mean = (value: (picture: PictureScored) => number) =>
    pictures.reduce((sum, picture) => sum + value(picture), 0) / pictures.length
  const means = (scores: (picture: PictureScored) => Scores) =>
    Object.fromEntries(METRICS.map(({ id }) => [id, mean((picture) => scores(picture)[id])])) as Scores
  const steps = new Set(pictures.flatMap((picture) => Object.keys(picture.timingsMs)))
  return {
    name,
    count: pictures.length,
    scores: means(({ scores }) => scores),
    network: pictures.every(({ network }) => network) ? means(({ network }) => network!) : null,
    ratios: ratiosOf(pictures),
    // A step that an image did not need took it no time.
    timingsMs: Object.fromEntries([...steps].map((step) => [step, mean((picture) => picture.timingsMs[step] ?? 0)])),
  }
}
