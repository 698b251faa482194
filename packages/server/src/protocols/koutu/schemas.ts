// Schemas of requests and responses, for the OpenAPI document and the validation in tests.

import { z } from '@hono/zod-openapi'
import { ProblemSchema } from '../../http/problem-schema.ts'
import { clientShape, refineShape } from '../../intake/cutout-options.ts'
import { JOB_STATES } from '../../jobs/job-service.ts'

const instant = z.iso.datetime()
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const Box = z.strictObject({ left: z.int(), top: z.int(), width: z.int(), height: z.int() })

const Sides = z.array(z.enum(['top', 'right', 'bottom', 'left']))

const ReportSchema = z
  .looseObject({
    subject: z.boolean(),
    box: Box.nullable(),
    resultBox: Box.nullable(),
    fullSize: z.strictObject({ width: z.int(), height: z.int() }),
    coverage: z.number(),
    edgeSoftness: z.number(),
    touches: Sides,
    subjects: z.array(z.strictObject({ box: Box, share: z.number(), touches: Sides, kept: z.boolean() })),
    input: z.strictObject({ width: z.int(), height: z.int(), format: z.string() }),
    engine: z.string(),
    model: z.string(),
    precision: z.string(),
    refiner: z.string(),
    timingsMs: z.record(z.string(), z.number()),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string(), box: Box.optional() })),
  })
  .openapi('Report')

export const JobSchema = z
  .strictObject({
    id: z.uuid(),
    batchId: z.string().nullable(),
    refines: z.uuid().nullable().meta({ description: 'The job whose result this one makes again.' }),
    state: z.enum(JOB_STATES),
    progress: z.number().min(0).max(1),
    position: z.int().min(1).nullable().meta({ description: 'In the queue; 1 for the job that starts next.' }),
    secondsLeft: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'Estimate of the time until the job has ended, from the jobs before it.' }),
    attempts: z.int().min(0),
    priority: z.int(),
    fileName: z.string().nullable(),
    createdAt: instant,
    startedAt: instant.nullable(),
    endedAt: instant.nullable(),
    expiresAt: instant.nullable(),
    input: z.strictObject({ bytes: z.int(), contentType: z.string(), sha256: Sha256 }),
    options: z.record(z.string(), z.unknown()),
    result: z
      .strictObject({
        /** Path and query. */
        url: z.string(),
        bytes: z.int(),
        contentType: z.string(),
        sha256: Sha256,
        width: z.int(),
        height: z.int(),
        report: ReportSchema,
      })
      .nullable(),
    // Not `nullable()`: the shared schema itself would become so.
    error: z.union([ProblemSchema, z.null()]),
  })
  .openapi('Job', { description: '`result.url` can be fetched without an API key until it expires.' })

export const JobListSchema = z
  .strictObject({ jobs: z.array(JobSchema), nextCursor: z.string().nullable() })
  .openapi('JobList')

export const BatchSchema = z
  .strictObject({ id: z.string(), isDone: z.boolean(), jobs: z.array(JobSchema) })
  .openapi('Batch')

export const ModelListSchema = z
  .strictObject({
    models: z.array(
      z.strictObject({
        id: z.string(),
        about: z.string(),
        license: z.strictObject({ id: z.string(), commercial: z.string() }),
        isHere: z.boolean(),
      }),
    ),
  })
  .openapi('ModelList')

export const HealthSchema = z.strictObject({ status: z.literal('ok'), version: z.string() }).openapi('Health')
export const ReadySchema = z
  .strictObject({
    isReady: z.boolean(),
    checks: z.array(z.strictObject({ name: z.string(), isOk: z.boolean() })),
  })
  .openapi('Ready')

const MIN_PRIORITY = -10

/** Beside the picture and its options. */
const requestShape = {
  fileName: z.string().max(1000).optional().meta({ description: 'File name, from which the result is named.' }),
  webhookUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional()
    .meta({ description: 'Receives a signed POST when the job or batch has ended.' }),
  priority: z.coerce
    .number()
    .int()
    .min(MIN_PRIORITY)
    .max(0)
    .optional()
    .meta({ description: 'Values below 0 give precedence to other jobs.' }),
}
export const RequestFields = z.strictObject(requestShape)

const binary = { type: 'string' as const, format: 'binary' }
const file = (description: string) => z.any().openapi({ ...binary, description })

const OptionsSchema = z.strictObject(clientShape)

export const RefineJson = z
  .strictObject({
    options: z.strictObject(refineShape).default({}).meta({
      description:
        'In place of those of the job; `null` stands for the default. Options that are not given stay as they were.',
    }),
    ...requestShape,
  })
  .openapi('RefineJson')

export const CutoutForm = z
  .strictObject({
    ...asTexts(),
    ...requestShape,
    image: file('The image.').optional(),
    url: z.string().optional().meta({ description: 'URL of the image, instead of `image`.' }),
    background: z.any().openapi({ description: 'A color, `transparent`, `blur`, a URL, or an image file.' }).optional(),
  })
  .openapi('CutoutForm')

/** Forms and queries carry options as text; what the text must say is the option's own. */
function asTexts(): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(clientShape).map(([key, schema]) => [
      key,
      z
        .string()
        .optional()
        .meta({ description: schema.meta()?.description ?? '' }),
    ]),
  )
}

const jsonPicture = {
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'URL of the image.' }),
  image: z.string().optional().meta({ description: 'The image in base64, with or without `data:…;base64,`.' }),
  fileName: requestShape.fileName,
}
export const CutoutJson = z
  .strictObject({ ...OptionsSchema.shape, ...requestShape, ...jsonPicture })
  .openapi('CutoutJson')
export const BatchJson = z
  .strictObject({
    ...OptionsSchema.shape,
    webhookUrl: requestShape.webhookUrl,
    priority: requestShape.priority,
    images: z.array(z.strictObject(jsonPicture)),
  })
  .openapi('BatchJson')
export const CutoutQuery = z.strictObject({ ...asTexts(), ...requestShape })
