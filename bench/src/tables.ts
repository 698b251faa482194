// What is said of the results: tables of words, for a terminal and for docs/performance.md. Reads results, measures nothing.

import { markdownTable } from '../../tools/table.ts'
import type { Sample, Versus } from './measure/statistics.ts'
import type { Results } from './results.ts'
import type { Rows } from './rows/index.ts'

interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

type RowValues = Partial<Rows>

/** By the name of their place in docs/performance.md. A table without rows was not measured. */
const TABLES: Readonly<Record<string, (rows: RowValues, results: Results) => Table>> = {
  'bench-goals': goals,
  'bench-peer': againstPeer,
  'bench-rembg': besideRembg,
  'bench-browser': inBrowser,
  'bench-browser-variants': browserVariants,
  'bench-steps': steps,
  'bench-limit': limits,
  'bench-graphs': graphs,
  'bench-small': smallMachines,
  'bench-sizes': sizes,
  'bench-many': many,
  'bench-fresh': fresh,
  'bench-machine': (_, { machine, peer }) => ({
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
    ],
  }),
  'bench-runs': (_, { rows, skipped }) => ({
    title: 'Runs',
    head: ['row', 'command', 'code', 'busy threads before', 'measured', 'took'],
    rows: [
      ...Object.entries(rows).map(([id, { command, commit, loadBefore, measuredAt, seconds }]) => [
        id,
        `\`${command}\``,
        commit,
        loadBefore.toFixed(2),
        measuredAt.slice(0, 10),
        `${seconds} s`,
      ]),
      ...Object.entries(skipped).map(([id, reason]) => [id, `not measured: ${reason}`, '', '', '', '']),
    ],
  }),
}

export const TABLE_NAMES: readonly string[] = Object.keys(TABLES)

/** One table as Markdown, or a sentence where there is nothing to show. */
export function benchTable(name: string, results: Results | null): string {
  const made = results ? TABLES[name]!(valuesOf(results), results) : null
  if (!made || made.rows.length === 0) return 'Not measured yet.'
  return markdownTable(made.head, made.rows)
}

export function printTables(results: Results): string {
  return Object.values(TABLES)
    .map((make) => make(valuesOf(results), results))
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, head, rows }) => `${title}\n${markdownTable(head, rows)}`)
    .join('\n\n')
}

function valuesOf({ rows }: Results): RowValues {
  return Object.fromEntries(Object.entries(rows).map(([id, { value }]) => [id, value]))
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

function besideRembg({ rembg }: RowValues): Table {
  const row = (what: string, versus: Versus | null, text: (value: number) => string) =>
    versus ? [[what, text(versus.ours.median), text(versus.theirs.median), ratioText(versus.ratio)]] : []
  return {
    title: `Beside rembg ${rembg?.version ?? ''} (onnxruntime ${rembg?.onnxruntime ?? ''}): medians`,
    head: ['what', 'koutu', 'rembg', 'ratio'],
    rows: rembg
      ? [
          ...row(`folder of ${rembg.pictures}, an image`, rembg.msPerPicture, milliseconds),
          ...row('cold, one JPEG', rembg.cold, milliseconds),
          ...row(`warm call, ${rembg.warm.ours.values.length} images`, rembg.warm, milliseconds),
          ...row('warm call, rembg with `-a`', rembg.warmMatting, milliseconds),
          ...row('memory of all processes, one image', rembg.oneMib, mebibytes),
          ...row('memory of all processes, folder', rembg.folderMib, mebibytes),
          ...rembg.quality.flatMap(({ tier, images, plain, matting }) => [
            [`error of tier ${tier}, ${images} images: SAD, Grad`, '1, 1', errors(plain), ''],
            [`the same, rembg with \`-a\``, '1, 1', errors(matting), ''],
          ]),
        ]
      : [],
  }
}

/** Beside the goals that the page's library has. */
function inBrowser({ browser }: RowValues): Table {
  if (!browser) return { title: '', head: [], rows: [] }
  const { versions, warmMs, coldMs, longestTaskMs, peak, alpha, manyMib, webgpuDifference } = browser
  const { chromium, '@imgly/background-removal': peer, 'onnxruntime-web of the peer': runtime } = versions
  const memory = { ratio: peak.peer.hwmMib / peak.koutu.hwmMib }
  const row = (what: string, wanted: string, ours: string, theirs = '', ratio = '') => [
    what,
    wanted,
    ours,
    theirs,
    ratio,
  ]
  const task = (ms: number) => (ms === 0 ? 'under 50 ms' : milliseconds(ms))
  return {
    title: `In Chromium ${chromium}, beside @imgly/background-removal ${peer} (onnxruntime-web ${runtime}): medians`,
    head: ['what', 'wanted', 'koutu', 'peer', 'ratio'],
    rows: [
      row('warm call, 1 MP', '2 : 1', ...versusTexts(warmMs)),
      row('cold, empty cache, 50 Mbit/s', '1.5 : 1', ...versusTexts(coldMs)),
      row("longest task of the page's thread", 'under 50 ms', task(longestTaskMs.koutu), task(longestTaskMs.peer)),
      row(
        'peak memory of the renderer, 12 MP',
        '2 : 1',
        mebibytes(peak.koutu.hwmMib),
        mebibytes(peak.peer.hwmMib),
        ratioText(memory.ratio),
      ),
      ...alpha.map(({ precision, images: { values, max } }) =>
        row(
          `alpha and the library in Node, ${precision}, ${values.length} images: mean, worst`,
          '0.004, 0.02',
          `${mean(values).toFixed(4)}, ${max.toFixed(4)}`,
        ),
      ),
      row(`${manyMib.length} images in one page: memory after the 5th and the last`, 'flat', memoryTexts(manyMib)),
      row(
        'WebGPU (emulated) and WebAssembly, a tiny network: largest difference',
        '',
        webgpuDifference.toExponential(1),
      ),
    ],
  }
}

function versusTexts({ ours, theirs, ratio }: Versus): [string, string, string] {
  return [milliseconds(ours.median), milliseconds(theirs.median), ratioText(ratio)]
}

/** The first images fill caches and compile code. */
function memoryTexts(mib: readonly number[]): string {
  return [mib[4] ?? mib[0]!, mib.at(-1)!].map(mebibytes).join(', ')
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function browserVariants({ browser }: RowValues): Table {
  return {
    title: 'Warm calls in Chromium, 1 MP',
    head: ['what', 'median', 'fastest', 'slowest', 'ran'],
    rows: (browser?.warm ?? []).map(({ name, ms, detail }) => [
      name,
      milliseconds(ms.median),
      milliseconds(ms.min),
      milliseconds(ms.max),
      detail,
    ]),
  }
}

function errors({ sad, grad }: Rows['rembg']['quality'][number]['plain']): string {
  return `${sad.toFixed(2)}, ${grad.toFixed(2)}`
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

function both({ median, p95 }: Sample, text: (value: number) => string): string {
  return `${text(median)}, ${text(p95)}`
}

function ratioText(ratio: number): string {
  return `${ratio.toFixed(2)} : 1`
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(0)} ms`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function mebibytes(mib: number): string {
  return `${mib.toFixed(0)} MiB`
}
