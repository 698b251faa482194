// Declarations that routes of several protocols share.

import { z } from '@hono/zod-openapi'
import type { ErrorCode } from '@koutu/core'

export const picture = z.any().openapi({ type: 'string', format: 'binary' })

/** A result of any format: a zip is no image. */
export const RESULT_CONTENT = { 'image/*': { schema: picture }, 'application/zip': { schema: picture } } as const

/** What taking an image in, and working on it while the client waits, may end with. */
export const UPLOAD_PROBLEMS = [
  'REQUEST_TIMEOUT',
  'REQUEST_TYPE_UNSUPPORTED',
  'IMAGE_UNSUPPORTED',
  'IMAGE_CORRUPT',
  'IMAGE_TOO_LARGE',
  'IMAGE_TOO_MANY_BYTES',
  'IMAGE_TOO_MANY_FRAMES',
  'CODEC_MISSING',
  'URL_REFUSED',
  'FETCH_FAILED',
  'FETCH_TIMEOUT',
  'OFFLINE',
  'MODEL_UNKNOWN',
  'MODEL_MISSING',
  'IDEMPOTENCY_CONFLICT',
  'WAIT_TOO_LONG',
  'QUEUE_FULL',
  'TOO_MANY_JOBS',
  'SERVER_BUSY',
  'SERVER_STOPPING',
  'STORAGE_FULL',
  'JOB_CANCELED',
  'JOB_EXPIRED',
  'JOB_TIMEOUT',
  'JOB_CRASHED_REPEATEDLY',
  'RUNNER_CRASHED',
  'ENGINE_FAILED',
  'ENGINE_UNAVAILABLE',
  'ENGINE_TIMEOUT',
  'ABORTED',
] as const satisfies readonly ErrorCode[]
