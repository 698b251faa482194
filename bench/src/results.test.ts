import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from './measure/statistics.ts'
import { plot } from './plot/plot.ts'
import { joinResults, type Results, readResults, writeResults } from './results.ts'
import { benchTable, printTables, TABLE_NAMES } from './tables.ts'

const machine: Results['machine'] = {
  cpu: 'A processor',
  cores: 2,
  instructions: ['avx2'],
  memoryGb: 8,
  system: 'linux 6 x64',
  node: '24.0.0',
  onnxruntime: '1.30.0',
  sharp: '0.35.5',
  libvips: '8.18.0',
  koutu: '0.1.0',
}
const peer = { '@imgly/background-removal-node': '1.4.5', 'onnxruntime-node': '1.30.0', sharp: '0.35.5' }
const empty: Results = { specVersion: 1, machine, peer, fairness: [], rows: {}, skipped: {} }
const measured = <T>(value: T) => ({
  value,
  measuredAt: '2026-01-31T12:00:00.000Z',
  seconds: 7,
  command: 'npm run bench',
  commit: 'abc1234',
  loadBefore: 0,
})
const cold = (ours: number[], theirs: number[]) =>
  measured({ picture: 'large.jpg', megapixels: 5.2, ms: compare(ours, theirs) })
const peak = (hwmMib: number) => ({ hwmMib, pssMib: hwmMib * 0.9, processes: 2 })
const size = (megapixels: number, ms: number, mib: number) => ({
  megapixels,
  callMs: compare([ms], [ms]).ours,
  peak: peak(mib),
})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-results-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('saved results', () => {
  it('come back with six digits, lists of numbers on one line', async () => {
    const path = join(folder, 'results.json')
    writeResults(path, { ...empty, rows: { cold: cold([1000.123456, -2e-7], [5000, 6000]) } })
    const { rows } = readResults(path)
    expect(rows.cold!.value.ms.ours.values).toEqual([1000.12, -2e-7])
    expect(rows.cold!.value.ms.ratio).toBeCloseTo(11, 2)
    expect(await readFile(path, 'utf8')).toContain('"values": [1000.12, -2e-7]')
  })

  it('join: later rows take the place of earlier ones, and of reasons why there was none', () => {
    const first: Results = { ...empty, rows: { cold: cold([1], [2]) }, skipped: { fresh: 'offline', many: 'no /proc' } }
    const fresh = { cloneSeconds: 1, installSeconds: 2, firstSeconds: 3, secondSeconds: 4 }
    const second: Results = {
      ...empty,
      rows: { fresh: { ...measured(fresh), commit: 'def5678', loadBefore: 1 } },
      skipped: { cold: 'it failed' },
    }
    const joined = joinResults([first, second])
    expect(joined.rows).toEqual({ cold: first.rows.cold, fresh: second.rows.fresh })
    expect(joined.skipped).toEqual({ many: 'no /proc' })
    expect(() => joinResults([first, { ...second, machine: { ...machine, node: '25.0.0' } }])).toThrow('one set')
    expect(() => joinResults([])).toThrow('at least one')
  })

  it('keep the machine of rows that were measured elsewhere', () => {
    const old: Results = { ...empty, machine: { ...machine, cpu: 'Another' }, rows: { cold: cold([1], [2]) } }
    const fresh = measured({ cloneSeconds: 1, installSeconds: 2, firstSeconds: 3, secondSeconds: 4 })
    const joined = joinResults([old, { ...empty, rows: { fresh } }, empty])
    expect(joined).toMatchObject({ machine, rows: { cold: { machine: { cpu: 'Another' } } } })
    expect(joined.rows.fresh).toEqual(fresh)
    const table = benchTable('bench-machine', joined).replaceAll(/ +/g, ' ')
    expect(table).toContain('| processor | A processor, 2 threads |')
    expect(table).toContain('| of `cold` | Another, 2 threads; avx2; 8 GB; linux 6 x64 |')
  })
})

describe('tables', () => {
  const results: Results = {
    ...empty,
    rows: {
      cold: cold([1200, 1250, 1400], [6250, 6250, 6250]),
      sizes: measured({ sizes: [size(0.3, 400, 600), size(1, 500, 650), size(12, 7000, 900), size(50, 20_000, 1430)] }),
    },
  }

  it('say which goals were reached, by the numbers', () => {
    const table = benchTable('bench-goals', results)
    const rows = table.split('\n').slice(2)
    const cells = rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    expect(cells).toEqual([
      ['one large JPEG, process start to file', '5 : 1', '5.00 : 1', 'yes'],
      ['the same, on the machine of these figures', 'below 1.3 s', '1.25 s', 'yes'],
      ['12 MP over 1 MP, time of a call', 'at most 12.0 times, as the pixels', '14.0 times', 'no'],
      ['50 MP over 1 MP, time of a call', 'at most 50.0 times, as the pixels', '40.0 times', 'yes'],
      // 1430 MiB are 1499.5 million bytes.
      ['50 MP, peak memory', 'below 1500 MB', '1499 MB', 'yes'],
    ])
  })

  it('compare the network with what its operations would take at the peak', () => {
    const sample = (...values: number[]) => compare(values, values).ours
    const table = benchTable('bench-limit', {
      ...empty,
      rows: {
        limit: measured({ gigaOperations: 319, layers: 114, graphs: [], peak: { fp32: 638, int8: 1595 } }),
        network: measured({
          pictures: 1,
          rounds: 3,
          fp32Ms: sample(700, 800, 900),
          int8Ms: sample(400, 250, 240),
          versus: null,
        }),
      },
    })
    expect(table).toMatch(/\| int8 +\| 1595 +\| 200 ms \| 250 ms +\| 80 % /)
    expect(table).toMatch(/\| fp32 +\| 638 +\| 500 ms \| 800 ms +\| 63 % /)
  })

  it('show memory at the first look after an image, or the last', () => {
    const memory = { seconds: [1, 2, 3], done: [0, 1, 2], rootMib: [10, 20, 30], childrenMib: [400, 500, 600] }
    const many = measured({ pictures: 5, doneSeconds: [1.5, 2.5, 3.5, 4, 4.5], memory })
    const rows = benchTable('bench-many', { ...empty, rows: { many } })
      .split('\n')
      .slice(2)
    expect(rows.map((row) => row.replaceAll(/ +/g, ' '))).toEqual([
      '| 1 | 1.5 s | 1500 ms | 20 MiB | 500 MiB |',
      '| 2 | 2.5 s | 1250 ms | 30 MiB | 600 MiB |',
      '| 5 | 4.5 s | 900 ms | 30 MiB | 600 MiB |',
    ])
  })

  it('put speed, memory and errors of rembg beside ours, without and with alpha matting', () => {
    const beside = (ours: number, plain: number, matting: number) => ({
      plain: compare([ours], [plain]),
      matting: compare([ours], [matting]),
    })
    const ratio = (geometricMean: number, worse: number) => ({ geometricMean, worse, worst: [] })
    const ratios = (sad: number, grad: number) => ({ sad: ratio(sad, 1), mae: ratio(sad / 2, 1), grad: ratio(grad, 2) })
    const all = { koutu: ratios(0.6, 0.7), plain: ratios(1, 0.9), matting: ratios(0.9, 0.8) }
    const load = { clients: 8, answered: 8, failed: 0, latencyMs: compare([9600], [1]).ours, isEnded: false }
    const rows: Results['rows'] = {
      rembg: measured({
        version: '2.0.86',
        onnxruntime: '1.32.0',
        cold: compare([1300], [6500]),
        pictures: 28,
        msPerPicture: beside(500, 1500, 5000),
        oneMib: compare([400], [1200]),
        folderMib: null,
        warm: beside(600, 1500, 9000),
        quality: {
          tiers: [
            { tier: 'A', images: 2, ratios: all },
            { tier: 'C', images: 3, ratios: all },
          ],
          images: 5,
          all,
        },
      }),
      'rembg-server': measured({
        megapixels: 0.12,
        loads: [
          {
            koutu: { ...load, perSecond: 0.62, peakMib: 1400 },
            rembg: { ...load, perSecond: 0, answered: 0, failed: 8, latencyMs: null, peakMib: 20_800, isEnded: true },
          },
        ],
      }),
    }
    const lines = benchTable('bench-rembg', { ...empty, rows })
      .replaceAll(/ +/g, ' ')
      .split('\n')
      .slice(2)
    expect(lines).toEqual([
      '| folder of 28, an image | 500 ms | 1500 ms (3.00 : 1) | 5000 ms (10.00 : 1) |',
      '| warm call, 1 images | 600 ms | 1500 ms (2.50 : 1) | 9000 ms (15.00 : 1) |',
      '| cold, one JPEG | 1300 ms | 6500 ms (5.00 : 1) | |',
      '| memory of all processes, one image | 400 MiB | 1200 MiB (3.00 : 1) | |',
      '| error, tier A, 2 images: SAD, Grad | 0.60, 0.70 | 1.00, 0.90 | 0.90, 0.80 |',
      '| error, tier C, 3 images: MAE, Grad | 0.30, 0.70 | 0.50, 0.90 | 0.45, 0.80 |',
      '| more than 5 % worse, of 5: SAD, Grad | 1, 2 | 1, 2 | 1, 2 |',
      '| server, 8 clients at once | 0.62 images/s, 9.6 s each, 1400 MiB | 0.00 images/s, 20800 MiB, 8 failed, no memory left | |',
    ])
    const matte = measured({
      version: '1.1.16',
      images: 1,
      megapixels: compare([0.5], [1]).ours,
      unknownShare: compare([0.1], [1]).ours,
      methods: [{ method: 'knn' as const, ms: compare([80], [8000]), errors: ratios(0.8, 0.9) }],
      errors: ratios(0.7, 0.6),
      foregroundMs: compare([90], [1]).ours,
    })
    const mattes = benchTable('bench-pymatting', { ...empty, rows: { pymatting: matte } }).replaceAll(/ +/g, ' ')
    expect(mattes).toContain('| koutu | 80 ms | | 0.70, 0.60 |')
    expect(mattes).toContain('| pymatting, KNN | 8000 ms | 100.00 : 1 | 0.80, 0.90 |')
  })

  it('say what a million images take of a machine, and what it costs', () => {
    const folder = measured({ pictures: 79, oursDone: 79, theirsDone: 79, msPerPicture: compare([500], [3000]) })
    const row = benchTable('bench-cost', { ...empty, rows: { folder } }).split('\n')[2]!
    // Half a second on two threads are 3600 images an hour of one; 1e6 / 7200 hours at $0.085 are $11.81.
    expect(row.replaceAll(/ +/g, ' ')).toBe('| `koutu FOLDER`, 79 images | 500 ms | 3600 | 278 | $11.81 |')
  })

  it('are there for what was measured, and nothing is made up for the rest', () => {
    expect(benchTable('bench-peer', results)).toContain('| 1250 ms, 1385 ms | 6250 ms, 6250 ms | 5.00 : 1 |')
    expect(benchTable('bench-many', results)).toBe('Not measured yet.')
    for (const name of TABLE_NAMES) expect(benchTable(name, null)).toBe('Not measured yet.')
    expect(printTables(results)).toContain('Goals')
    expect(printTables(results)).not.toContain('fresh')
  })

  it('and the plot holds the charts of what was measured', () => {
    const svg = plot(results)
    expect(svg).toContain('Cost of larger images')
    expect(svg).not.toContain('Warm call')
  })
})
