// What a million images take, and cost on a rented machine as fast as the one that was measured.

import type { Results } from '../results.ts'
import { milliseconds, type RowValues, type Table } from './texts.ts'

/** For a machine of two threads. docs/guides/cost.md says so, and where it was read. */
const DOLLARS_AN_HOUR = 0.085
const THREADS_OF_PRICE = 2

const MILLION = 1e6
const MS_IN_HOUR = 3_600_000

export function cost(rows: RowValues, { machine: { cores } }: Results): Table {
  const row = (what: string, msPerImage: number) => {
    const coreHours = (MILLION * msPerImage * cores) / MS_IN_HOUR
    const dollars = (coreHours / THREADS_OF_PRICE) * DOLLARS_AN_HOUR
    return [
      what,
      milliseconds(msPerImage),
      (MILLION / coreHours).toFixed(0),
      coreHours.toFixed(0),
      `$${dollars.toFixed(2)}`,
    ]
  }
  const { folder, many, rembg, sizes } = rows
  const busiest = rows['rembg-server']?.loads.at(-1)?.koutu
  const large = sizes?.sizes.find(({ megapixels }) => Math.round(megapixels) === 12)
  return {
    title: `A million images on ${cores} threads`,
    head: ['what', 'an image', 'images a core-hour', 'core-hours', 'cost'],
    rows: [
      ...(folder ? [row(`\`koutu FOLDER\`, ${folder.pictures} images`, folder.msPerPicture.ours.median)] : []),
      ...(many ? [row(`\`koutu FOLDER\`, ${many.pictures} images`, meanOf(many))] : []),
      ...(large ? [row('photos of 12 MP, one after another', large.callMs.median)] : []),
      ...(busiest && busiest.perSecond > 0
        ? [row(`\`koutu serve\`, ${busiest.clients} clients`, 1000 / busiest.perSecond)]
        : []),
      ...(rembg ? [row(`rembg, a folder of ${rembg.pictures}`, rembg.msPerPicture.plain.theirs.median)] : []),
    ],
  }
}

function meanOf({ pictures, doneSeconds }: NonNullable<RowValues['many']>): number {
  return (doneSeconds.at(-1)! * 1000) / pictures
}
