// What a person reads: the time worked, the rate, what was skipped.

import { PassThrough } from 'node:stream'
import { KoutuError, type Report } from '@koutu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createReporter, type Outcome, type Summary } from './reporter.ts'

const report = (timingsMs: Record<string, number>): Report => ({
  subject: true,
  box: null,
  resultBox: null,
  fullSize: { width: 4, height: 3 },
  coverage: 0.5,
  edgeSoftness: 0,
  touches: [],
  subjects: [],
  input: { width: 4, height: 3, format: 'png' },
  engine: 'onnx',
  model: 'm',
  precision: 'int8',
  refiner: 'matte',
  timingsMs,
  warnings: [],
})
const summary: Summary = { done: 0, skipped: 0, failed: 0, notAttempted: 0, leftOut: 0, ms: 1000 }

function lines(total: number | null, outcomes: readonly Outcome[], end: Partial<Summary> = {}): string[] {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const reporter = createReporter('text', { stdout, stderr })
  reporter.start(total)
  for (const outcome of outcomes) reporter.outcome(outcome)
  reporter.end({ ...summary, ...end })
  expect(stdout.read()).toBeNull()
  return String(stderr.read() ?? '')
    .split('\n')
    .slice(0, -1)
}

describe('lines for people', () => {
  it('show the time worked: without waiting for the network, which its own time stands for', () => {
    const timingsMs = {
      read: 10,
      decode: 190,
      model: 5000,
      segment: 9000,
      resize: 100,
      infer: 500,
      matte: 300,
      encode: 200,
    }
    const done: Outcome = {
      input: 'a.png',
      output: 'b.png',
      status: 'done',
      ms: 15_300,
      size: { width: 4, height: 3 },
      report: report(timingsMs),
    }
    expect(lines(1, [done])).toEqual(['a.png -> b.png (4 x 3, subject 50 %, 1.3 s)'])
    const remote = report({ read: 100, segment: 9000, matte: 200 })
    expect(lines(1, [{ ...done, report: remote }])[0]).toContain('9.3 s')
  })

  it('show the rate, and in the end what was skipped and how to redo it', () => {
    const done: Outcome = { input: 'a.png', output: 'b.png', status: 'done', ms: 1, report: report({ infer: 1 }) }
    const skipped: Outcome = { input: 'c.png', output: 'd.png', status: 'skipped', reason: 'done', ms: 1 }
    const other: Outcome = { input: 'e.png', output: 'f.png', status: 'skipped', reason: 'other', ms: 1 }
    const told = lines(4, [done, skipped, other], { done: 1, skipped: 2, notAttempted: 1, leftOut: 1 })
    expect(told[0]).toMatch(/^\[1\/4\] a\.png -> b\.png \(.*, [\d.]+ images\/s\)$/)
    expect(told.slice(1)).toEqual([
      '[2/4] c.png: up to date',
      '[3/4] e.png: skipped, f.png exists',
      '1 done, 2 skipped, 1 not attempted in 1.0 s (1.00 images/s)',
      'Skipped: 1 up to date, 1 output exists and is not the result of that image. Use --overwrite to redo them.',
      '1 result of koutu left out',
    ])
  })

  it('count nothing off where images keep arriving, and pass over what was done before', () => {
    const done: Outcome = { input: 'a.png', output: 'b.png', status: 'done', ms: 1200 }
    const skipped: Outcome = { input: 'c.png', output: 'd.png', status: 'skipped', reason: 'done', ms: 1 }
    const other: Outcome = { input: 'e.png', output: 'f.png', status: 'skipped', reason: 'other', ms: 1 }
    expect(lines(null, [skipped, done, other], { done: 1, skipped: 2, ms: 3_600_000 })).toEqual([
      'a.png -> b.png (1.2 s)',
      'e.png: skipped, f.png exists',
      '1 done, 2 skipped in 3600 s',
      'Skipped: 1 up to date, 1 output exists and is not the result of that image. Use --overwrite to redo them.',
    ])
  })

  it('are one line each, whatever a file is called', () => {
    const error = new KoutuError('INPUT_NOT_FOUND', { detail: 'a\nb' })
    const failed = fc.tuple(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '\r\n', '\t', '\u2028', '\u202e', '\u001b[2J'),
    )
    fc.assert(
      fc.property(failed, ([name, control]) => {
        const input = `${name}${control}[2/2] x.jpg`
        const printed = lines(2, [{ input, output: null, status: 'failed', ms: 1, error }]).slice(0, -1)
        expect(printed).toHaveLength(1)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(printed[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/)
      }),
    )
  })
})
