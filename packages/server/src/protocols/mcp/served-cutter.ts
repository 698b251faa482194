// Cutouts of an assistant as jobs of the caller: the same queue, limits and store, and a signed link to the result.

import { type Ctx, invalidOptions, isKoutuError, KoutuError, type ResolvedOptions } from '@koutu/core'
import { asksTheSame, type Cut, type Cutter, type Results } from '@koutu/mcp'
import type { AppDeps } from '../../app-deps.ts'
import type { AppContext } from '../../http/route.ts'
import { createIntake } from '../../intake/create-intake.ts'
import { submitRefinement } from '../../intake/refine.ts'
import { refuseLongWait, submitPictures, whileTakingIn } from '../../intake/submit.ts'
import { failureOf } from '../../jobs/job-failure.ts'
import type { Job } from '../../jobs/job-service.ts'

interface ServedCut extends Cut {
  readonly url: string
  readonly size: number
}

export function createServedCutter(c: AppContext, deps: AppDeps): Cutter {
  const notHere = async (): Promise<never> => {
    throw new KoutuError('PATH_NOT_ALLOWED', { detail: 'this server has no folder for assistants' })
  }
  return {
    async cut(input, options, ctx, kept) {
      const again = kept ? await submitAgain(c, deps, (kept as KeptJob).jobId, options) : null
      const id = again ?? (await submit(c, deps, input, options))
      const job = await follow(c, deps, id, ctx)
      const failure = failureOf(job)
      if (failure) throw failure
      return toCut(c, deps, job)
    },
    async models() {
      const models = await deps.models.list()
      return models.map(({ id, about, license, isHere }) => ({
        id,
        about,
        license: license.id,
        commercial: license.commercial,
        installed: isHere,
      }))
    },
    async warm() {},
    preview: null,
    show: null,
    write: notHere,
    plan: notHere,
  }
}

async function submit(
  c: AppContext,
  deps: AppDeps,
  input: Uint8Array | URL,
  options: ResolvedOptions,
): Promise<string> {
  return whileTakingIn(deps, async () => {
    await refuseLongWait(c, deps)
    await using intake = createIntake(deps, c.req.raw)
    const picture = input instanceof URL ? await intake.fetch(input.href) : await intake.take(once(input), null)
    if (!picture) throw new KoutuError('IMAGE_CORRUPT', { detail: 'the image is empty' })
    const { background } = options
    const { jobs } = await submitPictures(c, deps, {
      pictures: [picture],
      background: () => (background.type === 'picture' ? intake.fetch(String(background.source)) : null),
      options,
      fileName: null,
      isBatch: false,
      isAwaited: true,
    })
    return jobs[0]!.id
  })
}

interface KeptJob {
  readonly jobId: string
}

/** Codes of a job whose images, or what the network found in them, are gone. */
const GONE: ReadonlySet<string> = new Set(['JOB_EXPIRED', 'JOB_CANCELED', 'COARSE_MISSING', 'INPUT_NOT_FOUND'])

/** A job on what the network of an earlier one found; null where it has to run again. */
async function submitAgain(
  c: AppContext,
  deps: AppDeps,
  formerId: string,
  options: ResolvedOptions,
): Promise<string | null> {
  const former = await deps.jobs.get(c.get('owner'), formerId)
  if (!former || !asksTheSame(former.options, options)) return null
  try {
    const { jobs } = await submitRefinement(c, deps, former, { options: { ...options }, fileName: null })
    return jobs[0]!.id
  } catch (error) {
    if (isKoutuError(error) && GONE.has(error.code)) return null
    throw error
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Until the job ends. Whoever cancels the call cancels the job. */
async function follow(c: AppContext, { jobs, ending }: AppDeps, id: string, { signal, onEvent }: Ctx): Promise<Job> {
  const owner = c.get('owner')
  const over = AbortSignal.any([c.req.raw.signal, ending, ...(signal ? [signal] : [])])
  try {
    for await (const event of jobs.events(owner, id, { afterId: 0, signal: over }))
      if (event.type === 'progress') onEvent?.({ type: 'progress', fraction: event.progress })
    return await jobs.wait(owner, id, { signal: over })
  } catch (error) {
    if (over.aborted) await jobs.cancel(owner, id)
    throw error
  }
}

function toCut(c: AppContext, { links, clock, settings }: AppDeps, job: Job): ServedCut {
  const { blob, width, height, report } = job.result!
  const expiresAtMs = Math.min(
    clock.nowMs() + settings.linkLifeMs,
    job.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
  )
  const origin = settings.publicUrl ?? new URL(c.req.url).origin
  return {
    url: `${origin}${links.sign(`/v1/jobs/${job.id}/result`, job.ownerId, expiresAtMs)}`,
    size: blob.bytes,
    kept: { jobId: job.id } satisfies KeptJob,
    format: job.options.format,
    mimeType: blob.contentType,
    width,
    height,
    report,
    async bytes() {
      throw new KoutuError('INTERNAL', { detail: 'a served result is not read by its tool' })
    },
  }
}

/** The link is the result: nothing is written. */
export function createServedResults(): Results {
  return {
    withPlace: (values) => values,
    async open({ output }) {
      if (output !== undefined)
        throw invalidOptions([{ path: 'output', message: 'Expected no output: this server answers with a URL' }])
      return {
        async keep(cut) {
          const { url, size } = cut as ServedCut
          return { output: url, uri: url, bytes: size }
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
