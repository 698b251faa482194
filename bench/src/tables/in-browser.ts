// The page's library beside its peer.

import type { Versus } from '../measure/statistics.ts'
import { mebibytes, milliseconds, type RowValues, ratioText, type Table } from './texts.ts'

/** Beside the goals that the page's library has. */
export function inBrowser({ browser }: RowValues): Table {
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
      row(
        `${manyMib.length} images in one page: memory after the 5th, the middle one and the last`,
        'flat',
        memoryTexts(manyMib),
      ),
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
  return [mib[4] ?? mib[0]!, mib[Math.ceil(mib.length / 2) - 1]!, mib.at(-1)!].map(mebibytes).join(', ')
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function browserVariants({ browser }: RowValues): Table {
  return {
    title: 'Warm calls in Chromium, 1 MP',
    head: ['what', 'median', 'fastest', 'slowest', 'ran'],
    rows: [...(browser?.warm ?? []), ...tinyOf(browser)].map(({ name, ms, detail }) => [
      name,
      milliseconds(ms.median),
      milliseconds(ms.min),
      milliseconds(ms.max),
      detail,
    ]),
  }
}

const TINY_NAMES = { webgpu: 'a tiny network, WebGPU (emulated)', wasm: 'a tiny network, WebAssembly' } as const

function tinyOf(browser: RowValues['browser']) {
  return (browser?.tiny ?? []).map((variant) => ({ ...variant, name: TINY_NAMES[variant.name] }))
}
