// What is said of the results: tables of words, for a terminal and for docs/performance.md and docs/guides/cost.md. Reads results, measures nothing.

import { markdownTable } from '../../tools/table.ts'
import type { Sample, Versus } from './measure/statistics.ts'
import type { Results } from './results.ts'
import type { Rows } from './rows/index.ts'
import { cost } from './tables/cost.ts'
import { browserVariants, inBrowser } from './tables/in-browser.ts'
import { besidePymatting, besideRembg } from './tables/python-peers.ts'
import {
  both,
  mebibytes,
  milliseconds,
  type RowValues,
  ratioText,
  seconds,
  type Table,
  valuesOf,
} from './tables/texts.ts'

/** By the name of their place in the documents. A table without rows was not measured. */
const TABLES: Readonly<Record<string, (rows: RowValues, results: Results) => Table>> = {
  'bench-goals': goals,
  'bench-peer': againstPeer,
  'bench-rembg': besideRembg,
  'bench-pymatting': besidePymatting,
  'bench-browser': inBrowser,
  'bench-browser-variants': browserVariants,
  'bench-steps': steps,
  'bench-limit': limits,
  'bench-graphs': graphs,
  'bench-small': smallMachines,
  'bench-sizes': sizes,
  'bench-many': many,
  'bench-fresh': fresh,
  'bench-cost': cost,
  'bench-machine': (_, { machine, peer, rows }) => ({
    title: 'Machine and versions',
    head: ['what', ''],
    rows: [
      ['processor', `${machine.cpu}, ${machine.cores} threads`],
      ['instructions', machine.instructions.join(', ') || 'unknown'],
      ['memory', `${machine.memoryGb} GB`],
      ['system', machine.system],
      [
        'koutu',
        `${machine.koutu}, Node ${machine.node}, onnxruntime ${machine.onnxruntime}, sharp ${machine.sharp}, libvips ${machine.libvips}`,
      ],
      [
        'peer',
        Object.entries(peer)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      ],
      ...otherMachines(rows),
    ],
  }),
  'bench-runs': (_, { rows, skipped }) => ({
    title: 'Runs',
    head: ['row', 'command', 'code', 'busy threads before', 'measured', 'took'],
    rows: [
      ...Object.entries(rows).map(([id, { command, commit, loadBefore, measuredAt, seconds }]) => [
        `\`${id}\``,
        `\`${command}\``,
        commit,
        loadBefore.toFixed(2),
        measuredAt.slice(0, 10),
        `${seconds} s`,
      ]),
      ...Object.entries(skipped).map(([id, reason]) => [`\`${id}\``, `not measured: ${reason}`, '', '', '', '']),
    ],
  }),
}

/** Rows that were measured on another machine, by that machine. */
function otherMachines(rows: Results['rows']): string[][] {
  const measured = Object.entries(rows).flatMap(([id, { machine }]) => (machine ? [{ id, machine }] : []))
  const textOf = ({ cpu, cores, instructions, memoryGb, system }: Results['machine']) =>
    [`${cpu}, ${cores} threads`, instructions.join(', '), `${memoryGb} GB`, system].join('; ')
  return [...Map.groupBy(measured, ({ machine }) => textOf(machine))].map(([text, own]) => [
    `of ${own.map(({ id }) => `\`${id}\``).join(', ')}`,
    text,
  ])
}

export const TABLE_NAMES: readonly string[] = Object.keys(TABLES)

/** One table as Markdown, or a sentence where there is nothing to show. `words` translates each text. */
export function benchTable(name: string, results: Results | null, words = (text: string) => text): string {
  const made = results ? TABLES[name]!(valuesOf(results), results) : null
  if (!made || made.rows.length === 0) return words('Not measured yet.')
  return markdownTable(
    made.head.map(words),
    made.rows.map((row) => row.map(words)),
  )
}

export function printTables(results: Results): string {
  return Object.values(TABLES)
    .map((make) => make(valuesOf(results), results))
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, head, rows }) => `${title}\n${markdownTable(head, rows)}`)
    .join('\n\n')
}

// --- goals ------------------------------------------------------------------------------------------------------------

interface Goal {
  readonly what: string
  readonly wanted: string
  readonly measured: string
  readonly reached: boolean
}

const MIB = 1024 ** 2
const MB = 1e6

/** Memory is counted by the system in units of 1024, goals are in millions of bytes. */
const megabytes = (mib: number) => (mib * MIB) / MB

function atLeast(what: string, { ratio }: Versus, wanted: number): Goal {
  return { what, wanted: `${wanted} : 1`, measured: ratioText(ratio), reached: ratio >= wanted }
}

function goals({ warm, cold, folder, memory, network, sizes }: RowValues): Table {
  const list: Goal[] = []
  if (warm) list.push(atLeast('warm loop, whole call', warm.callMs, 5))
  if (cold) {
    list.push(atLeast('one large JPEG, process start to file', cold.ms, 5), {
      what: 'the same, on the machine of these figures',
      wanted: 'below 1.3 s',
      measured: seconds(cold.ms.ours.median),
      reached: cold.ms.ours.median < 1300,
    })
  }
  if (folder) list.push(atLeast('a folder, images a second', folder.msPerPicture, 6))
  if (memory) {
    const worst = megabytes(memory.hwmMib.ours.max)
    list.push(atLeast('peak memory of one image', memory.hwmMib, 2), {
      what: 'the same, worst image',
      wanted: 'below 800 MB',
      measured: `${worst.toFixed(0)} MB`,
      reached: worst < 800,
    })
  }
  if (network?.versus) list.push(atLeast('network alone, int8 : fp32', network.versus, 3))
  if (sizes) list.push(...growthGoals(sizes))
  return {
    title: 'Goals',
    head: ['what', 'wanted', 'measured', 'reached'],
    rows: list.map(({ what, wanted, measured, reached }) => [what, wanted, measured, reached ? 'yes' : 'no']),
  }
}

function growthGoals({ sizes }: Rows['sizes']): Goal[] {
  const one = sizes.find(({ megapixels }) => Math.round(megapixels) === 1)
  const goals: Goal[] = []
  for (const { megapixels, callMs, peak } of sizes) {
    const size = Math.round(megapixels)
    if (!one || (size !== 12 && size !== 50)) continue
    const [pixels, time] = [megapixels / one.megapixels, callMs.median / one.callMs.median]
    goals.push({
      what: `${size} MP over 1 MP, time of a call`,
      wanted: `at most ${pixels.toFixed(1)} times, as the pixels`,
      measured: `${time.toFixed(1)} times`,
      reached: time <= pixels,
    })
    if (size === 50 && peak) {
      const used = megabytes(peak.hwmMib)
      goals.push({
        what: '50 MP, peak memory',
        wanted: 'below 1500 MB',
        measured: `${used.toFixed(0)} MB`,
        reached: used < 1500,
      })
    }
  }
  return goals
}

// --- the other tables ---------------------------------------------------------------------------------------------------

function againstPeer({ warm, cold, folder, memory }: RowValues): Table {
  const row = (what: string, { ours, theirs, ratio, pairs }: Versus, text: (value: number) => string) => [
    what,
    both(ours, text),
    both(theirs, text),
    ratioText(ratio),
    `${ratioText(pairs.min)} to ${ratioText(pairs.max)}`,
  ]
  return {
    title: 'Beside the peer: median and 95th percentile',
    head: ['what', 'koutu', 'peer', 'ratio', 'pair by pair'],
    rows: [
      ...(warm ? [row(`warm call, ${warm.pictures.length} images, ${warm.precision}`, warm.callMs, milliseconds)] : []),
      ...(cold ? [row(`cold, a JPEG of ${cold.megapixels.toFixed(1)} MP`, cold.ms, milliseconds)] : []),
      ...(folder ? [row(`folder of ${folder.pictures}, an image`, folder.msPerPicture, milliseconds)] : []),
      ...(memory
        ? [
            row('peak memory, highest resident sets added up', memory.hwmMib, mebibytes),
            row('peak memory, proportional sets at one moment', memory.pssMib, mebibytes),
          ]
        : []),
    ],
  }
}

function smallMachines({ small }: RowValues): Table {
  return {
    title: 'Small machines',
    head: ['memory', 'what', 'outcome', 'peak', 'processes killed'],
    rows: (small?.runs ?? []).map(({ limitMb, task, outcome, peakMb, kills }) => [
      limitMb === null ? 'no limit' : `${limitMb} MB`,
      task,
      outcome,
      `${peakMb} MB`,
      String(kills),
    ]),
  }
}

function steps({ warm }: RowValues): Table {
  const call = warm ? warm.callMs.ours.median : 0
  return {
    title: 'Where the time of a warm call goes',
    head: ['step', 'median', 'p95', 'share'],
    rows: (warm?.steps ?? []).map(({ name, partOf, ms }) => [
      partOf ? `${partOf}: ${name}` : name,
      `${ms.median.toFixed(1)} ms`,
      `${ms.p95.toFixed(1)} ms`,
      `${((ms.median / call) * 100).toFixed(0)} %`,
    ]),
  }
}

/** The bound is what the network would take if each layer ran as fast as the fastest layer of the micro-benchmark. */
function limits({ limit, network }: RowValues): Table {
  const row = (name: 'fp32' | 'int8', measured: Sample | null | undefined) => {
    if (!limit || !measured) return []
    const boundMs = (limit.gigaOperations / limit.peak[name]) * 1000
    return [
      [
        name,
        limit.peak[name].toFixed(0),
        milliseconds(boundMs),
        milliseconds(measured.median),
        `${((boundMs / measured.median) * 100).toFixed(0)} %`,
      ],
    ]
  }
  return {
    title: limit
      ? `The network (${limit.gigaOperations.toFixed(0)} thousand million operations) beside the machine's own limit`
      : '',
    head: ['precision', 'peak, Gop/s', 'bound', 'measured', 'of the limit'],
    rows: [...row('int8', network?.int8Ms), ...row('fp32', network?.fp32Ms)],
  }
}

function graphs({ limit }: RowValues): Table {
  return {
    title: 'Large layers alone, fastest run',
    head: ['layer', 'Gop', 'fp32', 'fp32, Gop/s', 'int8', 'int8, Gop/s'],
    rows: (limit?.graphs ?? []).map(({ name, gigaOperations, fp32Ms, int8Ms }) => [
      name,
      gigaOperations.toFixed(1),
      `${fp32Ms.min.toFixed(1)} ms`,
      (gigaOperations / (fp32Ms.min / 1000)).toFixed(0),
      `${int8Ms.min.toFixed(1)} ms`,
      (gigaOperations / (int8Ms.min / 1000)).toFixed(0),
    ]),
  }
}

function sizes({ sizes }: RowValues): Table {
  return {
    title: 'How cost grows with the image',
    head: ['megapixels', 'warm call', 'ms a megapixel', 'peak memory: resident sets', 'proportional sets'],
    rows: (sizes?.sizes ?? []).map(({ megapixels, callMs, peak }) => [
      megapixels < 1 ? megapixels.toFixed(1) : megapixels.toFixed(0),
      milliseconds(callMs.median),
      (callMs.median / megapixels).toFixed(0),
      peak ? mebibytes(peak.hwmMib) : '',
      peak ? mebibytes(peak.pssMib) : '',
    ]),
  }
}

const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]

function many({ many }: RowValues): Table {
  return {
    title: 'How cost grows with the number of images',
    head: ['images', 'time', 'an image', 'resident: command', 'network process'],
    rows: COUNTS.filter((count) => many && count <= many.pictures).map((count) => {
      const time = many!.doneSeconds[count - 1]!
      // The first look at or after that image; -1, the last one, where the run ended before another.
      const look = many!.memory.done.findIndex((done) => done >= count)
      const at = (list: readonly number[]) => {
        const mib = list.at(look)
        return mib === undefined ? '' : mebibytes(mib)
      }
      return [
        String(count),
        `${time.toFixed(1)} s`,
        `${((time / count) * 1000).toFixed(0)} ms`,
        at(many!.memory.rootMib),
        at(many!.memory.childrenMib),
      ]
    }),
  }
}

function fresh({ fresh }: RowValues): Table {
  return {
    title: 'From nothing to the first result',
    head: ['step', 'time'],
    rows: fresh
      ? [
          ['git clone', `${fresh.cloneSeconds.toFixed(1)} s`],
          ['npm ci', `${fresh.installSeconds.toFixed(1)} s`],
          ['npx koutu photo.jpg, the first time', `${fresh.firstSeconds.toFixed(1)} s`],
          ['the same again', `${fresh.secondSeconds.toFixed(1)} s`],
        ]
      : [],
  }
}
