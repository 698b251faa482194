// Reports progress and results as text, as JSON lines, or errors only. JSON goes to stdout, all else to stderr.

import type { KoutuError, KoutuEvent, Report } from '@koutu/core'
import type { SingleBar } from 'cli-progress'
import { startBar } from './progress-bar.ts'
import { printable } from './text.ts'

export interface Outcome {
  readonly input: string
  readonly output: string | null
  readonly status: 'done' | 'skipped' | 'failed'
  /** Why it was skipped: its result is up to date, or another file is in its place. */
  readonly reason?: 'done' | 'other'
  readonly ms: number
  /** Of the result, in pixels. */
  readonly size?: { readonly width: number; readonly height: number }
  readonly report?: Report
  readonly error?: KoutuError
}

export interface Reporter {
  /** `total`: null where images keep arriving. */
  start(total: number | null): void
  event(label: string, event: KoutuEvent): void
  outcome(outcome: Outcome): void
  end(summary: Summary): void
}

export interface Summary {
  readonly done: number
  readonly skipped: number
  readonly failed: number
  /** Because the run ended before. */
  readonly notAttempted: number
  /** Files that are results of koutu. */
  readonly leftOut: number
  readonly ms: number
}

export interface Streams {
  readonly stdout: NodeJS.WriteStream | NodeJS.WritableStream
  readonly stderr: (NodeJS.WriteStream | NodeJS.WritableStream) & { readonly isTTY?: boolean }
}

export function createReporter(mode: 'text' | 'json' | 'quiet', { stdout, stderr }: Streams): Reporter {
  if (mode === 'json') return jsonReporter(stdout)
  const print = (line: string) => stderr.write(`${printable(line)}\n`)
  if (mode === 'quiet') return quietReporter(print)
  return textReporter(print, stderr)
}

function jsonReporter(stdout: Streams['stdout']): Reporter {
  const line = (value: unknown) => stdout.write(`${JSON.stringify(value)}\n`)
  return {
    start() {},
    event(label, event) {
      if (event.type === 'queue') line({ ...event, input: label })
      if (event.type === 'model')
        line({ type: 'model', input: label, id: event.id, phase: event.phase, done: event.done, total: event.total })
    },
    outcome({ error, ...rest }) {
      line({ type: 'result', ...rest, ...(error ? { error: error.toJSON() } : {}) })
    },
    end: (summary) => line({ type: 'summary', ...summary }),
  }
}

function quietReporter(print: (line: string) => void): Reporter {
  return {
    start() {},
    event() {},
    outcome({ input, error }) {
      if (error) print(failure(input, error))
    },
    end() {},
  }
}

function textReporter(print: (line: string) => void, stderr: Streams['stderr']): Reporter {
  let bar: SingleBar | null = null
  let total: number | null = 0
  let settled = 0
  let processed = 0
  const skipped = { done: 0, other: 0 }
  let startedMs = 0
  let modelLine = ''
  /** Images per second. What was skipped costs no time and says nothing of the rest. */
  const rate = () => processed / ((performance.now() - startedMs) / 1000)
  const tell = (line: string) => {
    // The bar's line is cleared, the message printed, and the bar drawn again below it.
    if (bar && stderr.isTTY) stderr.write('\r\u001b[K')
    print(line)
    bar?.updateETA()
  }
  return {
    start(count) {
      total = count
      startedMs = performance.now()
      if (count !== null && count > 1)
        bar = startBar(stderr, '{bar} {value}/{total} · {rate}/s · {eta_formatted} left', count, { rate: '–' })
    },
    event(label, event) {
      if (event.type === 'warning' && event.warning.code !== 'no-subject') tell(`${label}: ${event.warning.message}`)
      if (event.type === 'queue') {
        tell(`${label}: position ${event.position}${event.length === null ? '' : ` of ${event.length}`} in the queue`)
      }
      if (event.type === 'model' && event.phase !== modelLine) {
        modelLine = event.phase
        tell(`${event.id}: ${event.phase}`)
      }
    },
    outcome(outcome) {
      settled++
      const { input, output, status, report, error } = outcome
      if (status === 'done') processed++
      if (outcome.reason) skipped[outcome.reason]++
      if (status === 'failed' && error) tell(failure(input, error))
      else if (report && !report.subject)
        tell(`${input}: no subject found; the result is empty or faint${output ? ` (${output})` : ''}`)
      else if (total === 1 && status === 'skipped') tell(skippedAlone(outcome))
      else if (total === 1) tell(success(outcome))
      // A restart would print all that was done before.
      else if (total === null && outcome.reason === 'done') return
      else if (total === null) tell(success(outcome))
      else if (!bar) tell(`[${settled}/${total}] ${success(outcome, rate())}`)
      bar?.update(settled, { rate: rate().toFixed(1) })
    },
    end({ done, skipped: count, failed, notAttempted, leftOut, ms }) {
      bar?.stop()
      bar = null
      if (total !== 0 && total !== 1) {
        const rate = total !== null && done > 0 && ms > 0 ? ` (${(done / (ms / 1000)).toFixed(2)} images/s)` : ''
        const parts = [
          `${done} done`,
          some(count, 'skipped'),
          some(failed, 'failed'),
          some(notAttempted, 'not attempted'),
        ]
        print(`${parts.filter(Boolean).join(', ')} in ${seconds(ms)}${rate}`)
        if (count > 0) print(skippedLine(skipped))
      }
      if (leftOut > 0 && total === 0)
        print('Nothing to do: every input is a result of koutu. Use -o FILE to process one.')
      else if (leftOut > 0) print(`${leftOut} ${leftOut === 1 ? 'result' : 'results'} of koutu left out`)
    },
  }
}

function some(count: number, what: string): string {
  return count > 0 ? `${count} ${what}` : ''
}

function skippedAlone({ output, reason }: Outcome): string {
  return reason === 'done'
    ? `${output} is up to date; use --overwrite to redo it`
    : `${output} exists and is not the result of this image; use --overwrite to replace it`
}

/** What was skipped, and how to redo it. */
function skippedLine({ done, other }: { readonly done: number; readonly other: number }): string {
  const parts = [
    some(done, 'up to date'),
    some(other, `${other === 1 ? 'output exists and is' : 'outputs exist and are'} not the result of that image`),
  ]
  return `Skipped: ${parts.filter(Boolean).join(', ')}. Use --overwrite to redo them.`
}

function success({ input, output, status, reason, size, report, ms }: Outcome, rate?: number): string {
  if (status === 'skipped') return `${input}: ${reason === 'done' ? 'up to date' : `skipped, ${output} exists`}`
  const facts = [
    ...(size ? [`${size.width} x ${size.height}`] : []),
    ...(report ? [`subject ${Math.round(report.coverage * 100)} %`] : []),
    seconds(report ? workedMs(report.timingsMs) : ms),
    ...(rate === undefined ? [] : [`${rate.toFixed(2)} images/s`]),
  ]
  return `${input} -> ${output === '-' ? 'stdout' : output} (${facts.join(', ')})`
}

/**
 * Time spent on an image, without the time it waited for others. The steps `model` and `segment` include waiting for the
 * network; where its own time is known, that counts instead.
 */
function workedMs({ model = 0, segment = 0, ...steps }: Readonly<Record<string, number>>): number {
  const sum = Object.values(steps).reduce((total, ms) => total + ms, 0)
  return steps.infer === undefined ? sum + model + segment : sum
}

function failure(input: string, error: KoutuError): string {
  return `${input}: ${error.message} [${error.code}]`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`
}
