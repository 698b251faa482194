// What a bench saves: machine, versions, and the rows with all raw values. Reading, writing and joining of such files.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine, Run } from './machine.ts'
import { ROOT } from './measure/run.ts'
import type { PeerVersions } from './peer.ts'
import type { RowId, Rows } from './rows/index.ts'

export interface Results {
  readonly specVersion: 1
  readonly machine: Machine
  readonly peer: PeerVersions
  readonly fairness: readonly string[]
  readonly rows: Partial<{ readonly [Id in RowId]: Measured<Rows[Id]> }>
  /** Rows that could not be measured, and why. */
  readonly skipped: Partial<Readonly<Record<RowId, string>>>
}

interface Measured<Row> extends Run {
  readonly value: Row
  /** Where it was measured, if not on the machine of the results. */
  readonly machine?: Machine
  readonly measuredAt: string
  readonly seconds: number
}

/** The figures that the documents show. */
export const PUBLISHED: string = join(ROOT, 'bench/results/published.json')

/** What was done so that neither side has an advantage that is not its own. */
export const FAIRNESS: readonly string[] = [
  'The peer runs with the newest sharp and onnxruntime, the same versions as koutu; its own are years older. It is installed from a lockfile of its own, apart from the workspace.',
  'Both run their defaults on the same weights, and nothing is switched off on either side. koutu refines edges and colors within its time; the peer has no such step. The peer reduces its PNG to a palette within its time; koutu writes all colors.',
  'A fresh process for each variant and round; variants take turns, in the opposite order in each round.',
  "Models are on disk for both, and files are in the system's cache. koutu has prepared its graph before; what that costs is in the first run of the fresh clone.",
  'In the browser both run in a fresh Chromium of their own, from one server on loopback, with the same weights and their own versions of onnxruntime-web. Files are sent uncompressed. The slow line is in the server, since the emulation of browsers leaves out what workers load.',
  'Images that one side cannot do are left out of the warm loop for both, and do not count in the folder.',
]

export function readPublished(): Results | null {
  return existsSync(PUBLISHED) ? readResults(PUBLISHED) : null
}

export function readResults(path: string): Results {
  return JSON.parse(readFileSync(path, 'utf8')) as Results
}

/** Six digits are more than any measurement here is good for. */
export function writeResults(path: string, results: Results): void {
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)
  // One line for each list of plain numbers: raw values are many.
  const text = JSON.stringify(results, rounded, 2).replace(
    /\[\s+([-\d.e+,\s]+?)\s+\]/g,
    (_, list: string) => `[${list.split(/,\s+/).join(', ')}]`,
  )
  writeFileSync(path, `${text}\n`)
}

/**
 * Rows of later files take the place of those before. Rows of another machine keep its description; the machine of the results is that
 * of the last file. Throws where the versions differ.
 */
export function joinResults(files: readonly Results[]): Results {
  const [first, ...rest] = files
  if (!first) throw new Error('expected at least one result')
  return rest.reduce<Results>((all, next) => {
    const [before, after] = [all, next].map(versionsOf)
    if (before !== after) throw new Error(`expected one set of versions but found\n${before}\n${after}`)
    const isSame = JSON.stringify(all.machine) === JSON.stringify(next.machine)
    const earlier = Object.entries(all.rows).map(([id, row]) => [id, isSame ? row : { machine: all.machine, ...row }])
    const skipped = Object.entries(next.skipped).filter(([id]) => !(id in all.rows))
    const kept = Object.entries(all.skipped).filter(([id]) => !(id in next.rows))
    return {
      ...next,
      rows: { ...Object.fromEntries(earlier), ...next.rows },
      skipped: Object.fromEntries([...kept, ...skipped]),
    }
  }, first)
}

function versionsOf({ machine: { node, onnxruntime, sharp, libvips, koutu }, peer }: Results): string {
  return JSON.stringify([{ node, onnxruntime, sharp, libvips, koutu }, peer])
}
