// remove.bg's HTTP API: its paths, requests and responses. params.ts maps its parameters.

import { z } from '@hono/zod-openapi'
import { isKoutuError, KoutuError } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { prefersJson } from '../../http/accept.ts'
import { callerOf, ourSecret } from '../../http/gate.ts'
import { type AppContext, type Dialect, json, type Router } from '../../http/route.ts'
import { createIntake, type Intake } from '../../intake/create-intake.ts'
import { resolveClientOptions } from '../../intake/cutout-options.ts'
import type { UploadedPicture } from '../../intake/image.ts'
import { refuseLongWait, submitPictures, whileTakingIn } from '../../intake/submit.ts'
import { ANY_ORIGIN, addPreflight } from '../cors.ts'
import { waitForResult } from '../wait-for-result.ts'
import { ACCOUNT, AccountSchema } from './account.ts'
import { answerWith, ResultSchema } from './answer.ts'
import { type RemovebgRequest, readRemovebg } from './body.ts'
import { ERROR_RESPONSES, refusal, refuse } from './errors.ts'
import { RemovebgFields, RemovebgForm } from './fields.ts'
import { type RemovebgParams, toParams } from './params.ts'
import { createMegapixelRates, type MegapixelRate, type TakeMegapixels } from './rate.ts'

/** Clients whose base address was written without the version, or with another one, find their way too. */
const PREFIXES = ['/v1.0', '/v1', '', '/api'] as const
const binary = z.any().openapi({ type: 'string', format: 'binary' })
const dialect: Dialect = { secretOf: ourSecret, isItsHost: (hostname) => hostname === 'api.remove.bg', refuse }

interface Tools {
  readonly deps: AppDeps
  readonly take: TakeMegapixels
}

export function addRemovebg(router: Router, deps: AppDeps): void {
  const tools: Tools = {
    deps,
    take: createMegapixelRates(deps.settings.removebgMegapixelsPerMinute, deps.clock.nowMs),
  }
  for (const prefix of PREFIXES) {
    addCutout(router, `${prefix}/removebg`, tools)
    addPreflight(router, `${prefix}/removebg`, 'POST', deps)
  }
  for (const prefix of ['/v1.0', '/v1']) {
    addAccount(router, `${prefix}/account`)
    addPreflight(router, `${prefix}/account`, 'GET', deps)
  }
  addImprove(router)
  router.addUnknown('/v1.0/', dialect)
}

function addCutout(router: Router, path: string, tools: Tools): void {
  router.add({
    method: 'post',
    path,
    scope: 'cutouts:write',
    dialect,
    summary: 'remove.bg: cut out one image',
    request: {
      body: {
        required: true,
        content: {
          'multipart/form-data': { schema: RemovebgForm },
          'application/x-www-form-urlencoded': { schema: RemovebgFields },
          'application/json': { schema: RemovebgFields },
        },
      },
    },
    responses: {
      ...ERROR_RESPONSES,
      200: {
        description: 'The cutout; with `Accept: application/json` in base64.',
        content: {
          'image/*': { schema: binary },
          'application/zip': { schema: binary },
          'application/json': { schema: ResultSchema },
        },
      },
    },
    async handler(c) {
      const { id, params, rate } = await submit(c, tools)
      const { result } = await waitForResult(c, id, tools.deps)
      if (!result.report.subject) throw new KoutuError('SUBJECT_NOT_FOUND')
      return answerWith(c, result, tools.deps, { params, rate, wantsJson: prefersJson(c.req.header('accept')) })
    },
  })
}

interface Taken {
  readonly id: string
  readonly params: RemovebgParams
  readonly rate: MegapixelRate
}

async function submit(c: AppContext, { deps, take }: Tools): Promise<Taken> {
  const { settings } = deps
  return whileTakingIn(deps, async () => {
    await refuseLongWait(c, deps)
    await using intake = createIntake(deps, c.req.raw)
    const request = await readRemovebg(c, intake, deps)
    checkBackgrounds(request)
    const picture = await pictureOf(request, intake)
    const { header } = picture
    const isTurned = header.orientation >= 5
    const hasBackground = request.backgroundFile !== null || request.texts.bg_image_url !== undefined
    const params = toParams(request.texts, {
      picture: isTurned ? { width: header.height, height: header.width } : header,
      hasBackgroundPicture: hasBackground,
      isStrict: settings.isRemovebgStrict,
    })
    const rate = await take(callerOf(c), header.width * header.height)
    const usesBackground = hasBackground && params.usesBackground
    const { jobs } = await submitPictures(c, deps, {
      pictures: [picture],
      background: () => (usesBackground ? backgroundOf(request, intake) : null),
      options: resolveClientOptions(params.options, settings, usesBackground),
      fileName: null,
      isBatch: false,
      isAwaited: true,
    })
    return { id: jobs[0]!.id, params, rate }
  })
}

function checkBackgrounds({ texts, backgroundFile }: RemovebgRequest): void {
  const given = [texts.bg_color, texts.bg_image_url, backgroundFile].filter((one) => one !== undefined && one !== null)
  if (given.length > 1) {
    throw refusal('multiple_bg_sources', 'expected one of bg_color, bg_image_url and bg_image_file')
  }
}

async function pictureOf({ texts, imageFile, imageBase64 }: RemovebgRequest, intake: Intake): Promise<UploadedPicture> {
  const url = texts.image_url
  const given = [imageFile, imageBase64, url].filter((one) => one !== undefined && one !== null)
  if (given.length === 0) {
    throw refusal('missing_source', 'expected one of image_file, image_file_b64 and image_url')
  }
  if (given.length > 1) throw refusal('multiple_sources', 'expected one of image_file, image_file_b64 and image_url')
  return imageFile ?? imageBase64 ?? fetchAs('image', url!, intake)
}

async function backgroundOf({ texts, backgroundFile }: RemovebgRequest, intake: Intake): Promise<UploadedPicture> {
  return backgroundFile ?? fetchAs('bg', texts.bg_image_url!, intake)
}

const FETCH_CODES = {
  image: { refused: 'invalid_image_url', failed: 'failed_image_download' },
  bg: { refused: 'invalid_bg_image_url', failed: 'failed_bg_download' },
} as const

async function fetchAs(what: keyof typeof FETCH_CODES, url: string, intake: Intake): Promise<UploadedPicture> {
  try {
    return await intake.fetch(url)
  } catch (error) {
    if (!isKoutuError(error)) throw error
    const { refused, failed } = FETCH_CODES[what]
    if (error.code === 'URL_REFUSED') throw refusal(refused, detailOf(error), error)
    if (error.code === 'OFFLINE' || error.code.startsWith('FETCH_')) throw refusal(failed, detailOf(error), error)
    throw error
  }
}

function detailOf({ message, row: { title } }: KoutuError): string | undefined {
  return message.startsWith(`${title}: `) ? message.slice(title.length + 2) : undefined
}

function addAccount(router: Router, path: string): void {
  router.add({
    method: 'get',
    path,
    scope: 'cutouts:write',
    dialect,
    summary: 'remove.bg: get the account balance',
    responses: { ...ERROR_RESPONSES, 200: json('A fixed, large balance.', AccountSchema) },
    handler: (c) => c.json(ACCOUNT, 200, ANY_ORIGIN),
  })
}

/** Images cannot be passed on to anyone, so accepting them would be misleading. */
function addImprove(router: Router): void {
  router.add({
    method: 'post',
    path: '/v1.0/improve',
    scope: 'cutouts:write',
    dialect,
    summary: 'remove.bg: not available',
    responses: ERROR_RESPONSES,
    handler() {
      throw refusal('not_available', 'this server does not collect images; nothing was stored')
    },
  })
}
