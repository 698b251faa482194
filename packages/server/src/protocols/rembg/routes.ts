// rembg's HTTP API: `/api/remove` with a file or a URL. params.ts maps its parameters.

import { z } from '@hono/zod-openapi'
import { KoutuError } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { ourSecret } from '../../http/gate.ts'
import { type AppContext, type Dialect, GATE_PROBLEMS, type Router } from '../../http/route.ts'
import { boundedBody, checkAnnounced } from '../../intake/body.ts'
import { bodyOf } from '../../intake/body-reader.ts'
import { createIntake, type Intake } from '../../intake/create-intake.ts'
import { resolveClientOptions } from '../../intake/cutout-options.ts'
import type { UploadedPicture } from '../../intake/image.ts'
import { readMultipart } from '../../intake/multipart.ts'
import { refuseLongWait, submitPictures, whileTakingIn } from '../../intake/submit.ts'
import { readBlob } from '../../jobs/read-blob.ts'
import { ANY_ORIGIN, addPreflight } from '../cors.ts'
import { openDownload } from '../limited-response.ts'
import { UPLOAD_PROBLEMS } from '../route-parts.ts'
import { waitForResult } from '../wait-for-result.ts'
import { errorResponses, invalid, refuse } from './errors.ts'
import { missingModel, type Param, type Params, substitution, toOptions, withKnownModel } from './params.ts'

const PATH = '/api/remove'
const FILE = 'file'
/** Parts of a form that hold the image: rembg's own name, and those of other services. */
const FILES = [FILE, 'image', 'image_file']
const dialect: Dialect = { secretOf: ourSecret, refuse }

const PARAMS = z
  .looseObject({
    model: z.string(),
    a: z.boolean(),
    af: z.int().min(0).max(255),
    ab: z.int().min(0).max(255),
    ae: z.int().min(0),
    om: z.boolean(),
    ppm: z.boolean(),
    bgc: z.string().meta({ description: 'r,g,b,a' }),
    extras: z.string().meta({ description: 'Points and boxes for the model `sam`, as JSON.' }),
    dc: z.boolean(),
    vm: z.boolean(),
  })
  .partial()

const RESPONSES = {
  ...errorResponses([...UPLOAD_PROBLEMS, ...GATE_PROBLEMS, 'METHOD_NOT_ALLOWED']),
  200: {
    description: 'The cutout.',
    content: { 'image/png': { schema: z.any().openapi({ type: 'string', format: 'binary' }) } },
  },
}

export function addRembg(router: Router, deps: AppDeps): void {
  router.add({
    method: 'get',
    path: PATH,
    scope: 'cutouts:write',
    dialect,
    summary: 'rembg: cut out the image at a URL',
    request: { query: PARAMS.extend({ url: z.string() }) },
    responses: RESPONSES,
    handler: (c) =>
      answer(c, deps, async (intake) => {
        // FastAPI has no HEAD where it has GET.
        if (c.req.method === 'HEAD') throw new KoutuError('METHOD_NOT_ALLOWED', { detail: 'expected GET or POST' })
        const { url, ...params } = queryOf(c)
        if (!url) throw missing('query', 'url')
        return { picture: () => intake.fetch(url.text), params }
      }),
  })
  router.add({
    method: 'post',
    path: PATH,
    scope: 'cutouts:write',
    dialect,
    summary: 'rembg: cut out an image in a form',
    request: {
      query: PARAMS,
      body: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: PARAMS.extend({ file: z.any().openapi({ type: 'string', format: 'binary' }) }),
          },
        },
      },
    },
    responses: RESPONSES,
    handler: (c) => answer(c, deps, (intake) => readForm(c, deps, intake)),
  })
  addPreflight(router, PATH, 'GET, POST', deps)
  router.add({
    method: 'get',
    path: '/api',
    scope: null,
    dialect,
    summary: 'rembg: API documentation',
    responses: { 302: { description: 'Redirects to `/docs`.' } },
    handler: (c) => c.redirect('/docs'),
  })
}

interface Asked {
  /** Looked for once the parameters have been found good. */
  readonly picture: () => UploadedPicture | Promise<UploadedPicture>
  readonly params: Params
}

async function answer(c: AppContext, deps: AppDeps, read: (intake: Intake) => Promise<Asked>): Promise<Response> {
  const { id, params } = await whileTakingIn(deps, async () => {
    await refuseLongWait(c, deps)
    await using intake = createIntake(deps, c.req.raw)
    const { picture, params } = await read(intake)
    const models = await deps.models.list()
    const given = toOptions(params, models)
    const missing = missingModel(params, models)
    if (missing !== null) deps.models.want(missing)
    const options = resolveClientOptions(given, deps.settings, false)
    const { jobs } = await submitPictures(c, deps, {
      pictures: [await picture()],
      background: () => null,
      options,
      fileName: null,
      isBatch: false,
      isAwaited: true,
    })
    return { id: jobs[0]!.id, params }
  })
  const { blob, report } = (await waitForResult(c, id, deps)).result
  const substituted = substitution(params, report.model)
  const content = await openDownload(c, deps, () => readBlob(deps.blobs, blob))
  if (!content) throw new KoutuError('JOB_EXPIRED')
  const headers = {
    ...ANY_ORIGIN,
    'content-type': blob.contentType,
    'content-length': String(blob.bytes),
    'cache-control': 'private, no-store',
    'koutu-model': report.model,
    ...(substituted ? { warning: `299 koutu "${substituted}"` } : {}),
  }
  return new Response(content, { headers })
}

function queryOf(c: AppContext): Record<string, Param> {
  return Object.fromEntries(Object.entries(c.req.query()).map(([name, text]) => [name, { where: 'query', text }]))
}

async function readForm(c: AppContext, { settings, models }: AppDeps, intake: Intake): Promise<Asked> {
  const request = c.req.raw
  const type = request.headers.get('content-type') ?? ''
  // FastAPI finds no parts in a body of another kind.
  if (type.split(';')[0]!.trim().toLowerCase() !== 'multipart/form-data') throw missing('body', FILE)
  const maxTotal = settings.limits.maxBytes + 2 ** 20
  checkAnnounced(request.headers, maxTotal)
  const params: Record<string, Param> = { ...withKnownModel(queryOf(c), await models.list()) }
  const pictures: (UploadedPicture | null)[] = []
  const body = boundedBody(bodyOf(c), settings.bodyTimes, maxTotal)
  try {
    await readMultipart(
      body,
      type,
      {
        async onFile({ name, fileName, content }) {
          if (FILES.includes(name)) pictures.push(await intake.take(content, fileName))
          else for await (const _ of content);
        },
        onField(name, text) {
          if (typeof name === 'string') params[name] = { where: 'body', text }
        },
      },
      { maxFiles: 2, fileNames: FILES },
    )
  } finally {
    await body.return()
  }
  const picture = pictures.findLast((one) => one !== null)
  if (!picture) throw missing('body', FILE)
  return { picture: () => picture, params }
}

function missing(where: 'query' | 'body', name: string): KoutuError {
  return invalid([{ type: 'missing', loc: [where, name], msg: 'Field required', input: null }])
}
