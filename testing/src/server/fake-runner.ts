// A runner without a network: the "cutout" is the hash of the input, so that a test knows the right picture of each job.
// What the input says, in JSON, it does first.

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorCode, KoutuError, type Report } from '@koutu/core'
import type { CoarseFacts, Runner, RunRequest } from '@koutu/server'
import { contentBytes } from './content-bytes.ts'

export interface FakePicture {
  /** Makes pictures differ. */
  readonly name?: string | number
  readonly sleepMs?: number
  /** Ends the process it runs in. */
  readonly isDeadly?: boolean
  /** Stops its process for good, which answers nothing any more. */
  readonly isFrozen?: boolean
  readonly error?: ErrorCode
  /** Data of the error. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly progress?: readonly number[]
  /** What its network finds in it. */
  readonly found?: string
}

export function fakePicture(picture: FakePicture): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(picture))
}

/** What the fake runner makes of an input. */
export function fakeCutout(input: Uint8Array): Uint8Array {
  return new TextEncoder().encode(`cutout of ${createHash('sha256').update(input).digest('hex')}`)
}

const REPORT: Report = {
  subject: true,
  box: { left: 0, top: 0, width: 1, height: 1 },
  resultBox: { left: 0, top: 0, width: 1, height: 1 },
  fullSize: { width: 1, height: 1 },
  coverage: 1,
  edgeSoftness: 0,
  touches: [],
  subjects: [],
  input: { width: 1, height: 1, format: 'png' },
  engine: 'fake',
  model: 'fake',
  precision: 'fp32',
  refiner: 'matte',
  timingsMs: { decode: 1, segment: 2, matte: 3, encode: 4 },
  warnings: [],
}

export interface FakeRunner extends Runner {
  /** Inputs it was given, in order, and whether alone. */
  readonly calls: readonly RunRequest[]
}

/** `sleepMs` is how long a picture takes that says nothing else. */
export function createFakeRunner({ sleepMs: usualMs = 0 }: { readonly sleepMs?: number } = {}): FakeRunner {
  const calls: RunRequest[] = []
  return {
    calls,
    async warm() {},
    async run(request, { signal, onEvent }) {
      const { coarse } = request
      calls.push(request)
      const input = await contentBytes(request.input)
      const picture = parse(input)
      for (const fraction of picture.progress ?? []) onEvent?.({ type: 'progress', fraction })
      if (picture.isDeadly) process.kill(process.pid, 'SIGKILL')
      if (picture.isFrozen) process.kill(process.pid, 'SIGSTOP')
      const sleepMs = picture.sleepMs ?? usualMs
      if (sleepMs > 0)
        await sleep(sleepMs, undefined, signal ? { signal } : {}).catch((cause) => {
          throw new KoutuError('ABORTED', { cause })
        })
      if (picture.error) {
        const { error, data = {} } = picture
        throw new KoutuError(error, { detail: 'as the picture says', data })
      }
      const found = picture.found !== undefined && !coarse ? { coarse: coarseFile(picture.found) } : {}
      return { image: fakeCutout(input), contentType: 'image/png', width: 1, height: 1, report: REPORT, ...found }
    },
    async [Symbol.asyncDispose]() {},
  }
}

export const COARSE_FACTS: CoarseFacts = {
  width: 1,
  height: 1,
  box: { left: 0, top: 0, width: 1, height: 1 },
  image: { width: 1, height: 1 },
  engine: 'fake',
  model: 'fake',
  precision: 'fp32',
  warnings: [],
}

function coarseFile(found: string) {
  return { file: new TextEncoder().encode(found), facts: COARSE_FACTS }
}

function parse(input: Uint8Array): FakePicture {
  try {
    return JSON.parse(new TextDecoder().decode(input)) as FakePicture
  } catch {
    return {}
  }
}
