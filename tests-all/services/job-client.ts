// A client of a server that may be dead, frozen or without its store at any moment: asks again until it is answered, and in the
// end tells whether every job has ended once, with the right image.

import { setTimeout as sleep } from 'node:timers/promises'
import { encodePng, fakeCutout } from '@koutu/testing'
import { expect } from 'vitest'

export interface JobView {
  readonly id: string
  readonly state: string
}

interface JobPage {
  readonly jobs: readonly JobView[]
  readonly nextCursor: string | null
}

/** Images that differ, as the server's header check wants them. */
export function differentPictures(count: number): readonly Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: count }, (_, i) =>
    encodePng({
      width: 2,
      height: 2,
      channels: 3,
      data: Uint8Array.from({ length: 12 }, (_, j) => (i * 7 + j * i) % 256),
    }).slice(),
  )
}

export type JobClient = ReturnType<typeof jobClient>

export function jobClient(url: string, pictures: readonly Uint8Array<ArrayBuffer>[]) {
  const ask = async <T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> => {
    for (;;) {
      const answer = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(10_000) })
        .then(async (response) => new Response(await response.arrayBuffer(), response))
        // Killed before it answered to the end, or starting.
        .catch(() => null)
      if (answer && answer.status < 500 && answer.status !== 429) return read(answer)
      await sleep(50)
    }
  }
  const json = async <T>(response: Response) => (await response.json()) as T
  return {
    /** A repeated request must not make a second job: that is what the key is for. */
    submit: (i: number) =>
      ask(
        '/v1/cutouts',
        {
          method: 'POST',
          body: pictures[i]!,
          headers: { 'content-type': 'image/png', prefer: 'respond-async', 'idempotency-key': `picture-${i}` },
        },
        async (response) => {
          expect(response.status, await response.clone().text()).toBe(202)
          return (await json<JobView>(response)).id
        },
      ),
    job: (id: string) => ask(`/v1/jobs/${id}`, {}, json<JobView>),
    states: (id: string) =>
      ask(`/v1/jobs/${id}/events`, {}, async (response) =>
        [...(await response.text()).matchAll(/"state":"(\w+)"/g)].map((match) => match[1]!),
      ),
    result: (id: string) =>
      ask(`/v1/jobs/${id}/result`, {}, async (response) => ({
        etag: response.headers.get('etag'),
        bytes: new Uint8Array(await response.arrayBuffer()),
      })),
    async all() {
      const jobs: JobView[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: JobPage = await ask(`/v1/jobs?limit=100${cursor && `&cursor=${cursor}`}`, {}, json<JobPage>)
        jobs.push(...page.jobs)
        cursor = page.nextCursor
      }
      return jobs
    },
  }
}

export async function untilAllEnded({ all }: JobClient, timeoutMs = 180_000): Promise<void> {
  await expect
    .poll(async () => (await all()).filter(({ state }) => state === 'queued' || state === 'running').length, {
      timeout: timeoutMs,
      interval: 500,
    })
    .toBe(0)
}

/** Every job has one end, which is the right image. Resolves with how often jobs were started. */
export async function expectEachOnce(
  { all, result, states }: JobClient,
  ids: readonly string[],
  pictures: readonly Uint8Array[],
): Promise<number> {
  const jobs = await all()
  expect(jobs.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted())
  expect(new Set(ids).size).toBe(pictures.length)
  let starts = 0
  for (const [i, id] of ids.entries()) {
    const seen = await states(id)
    const ends = seen.filter((state) => state !== 'queued' && state !== 'running')
    expect(ends, JSON.stringify(jobs.find((job) => job.id === id))).toEqual(['succeeded'])
    expect(seen.at(-1)).toBe('succeeded')
    starts += seen.filter((state) => state === 'running').length
    const { bytes } = await result(id)
    expect(Buffer.from(bytes).toString(), id).toBe(Buffer.from(fakeCutout(pictures[i]!)).toString())
  }
  return starts
}
