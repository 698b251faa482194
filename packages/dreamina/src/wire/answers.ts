// Responses of the service, read leniently: unknown keys are allowed, numbers may be strings and the other way round, lists may
// be null. The schemas keep only what koutu uses.

import { z } from 'zod'

const code = z.union([z.string(), z.number()]).transform(String)
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)))
const number = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => {
    const parsed = value === null || value === undefined || value === '' ? Number.NaN : Number(value)
    return Number.isFinite(parsed) ? parsed : null
  })
/** A list, or null or nothing for the empty one. */
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])

/** `/mweb/v1/*` and `/commerce/*` in one: the latter has other names for time and log id, and `response` as JSON text. */
export const Envelope = z.object({
  ret: code,
  errmsg: text,
  systime: number,
  svr_time: number,
  logid: text,
  log_id: text,
  data: z.unknown().optional(),
  response: z.string().nullish(),
})
export type Envelope = z.output<typeof Envelope>

export const UploadToken = z
  .object({
    access_key_id: z.string().min(1),
    secret_access_key: z.string().min(1),
    session_token: z.string().min(1),
    space_name: text,
    service_id: text,
    upload_domain: text,
    region: text,
    expired_time: text,
    current_time: text,
  })
  .transform((token) => ({
    accessKeyId: token.access_key_id,
    secretAccessKey: token.secret_access_key,
    sessionToken: token.session_token,
    /** Empty where the token names none. */
    serviceId: token.space_name || token.service_id,
    uploadDomain: token.upload_domain,
    awsRegion: /^[a-z]{2}-[a-z]+-\d$/.test(token.region) ? token.region : '',
    expiresMs: timeMs(token.expired_time),
    currentMs: timeMs(token.current_time),
  }))
export type UploadToken = z.output<typeof UploadToken>

/** Unix seconds, unix milliseconds or a date as text. Null for anything else. */
function timeMs(value: string): number | null {
  const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Date.parse(value)
  if (!Number.isFinite(parsed)) return null
  // Seconds reach 1e11 in the year 5138; milliseconds passed it in 1973.
  return /^\d/.test(value) && parsed < 1e11 ? parsed * 1000 : parsed
}

/** Of Apply and of Commit, when they fail. */
export const ImagexFailure = z.object({
  ResponseMetadata: z.object({ Error: z.object({ Code: text, CodeN: text, Message: text }) }),
})

export const ApplyUpload = z
  .object({
    Result: z.object({
      UploadAddress: z.object({
        StoreInfos: z.array(z.object({ StoreUri: z.string().min(1), Auth: z.string().min(1) })).min(1),
        UploadHosts: list(z.string()),
        UploadHost: text,
        UploadHeader: z
          .record(z.string(), z.string())
          .nullish()
          .transform((headers) => headers ?? {}),
        SessionKey: z.string().min(1),
      }),
    }),
  })
  .transform(({ Result: { UploadAddress: address } }) => ({
    storeUri: address.StoreInfos[0]!.StoreUri,
    auth: address.StoreInfos[0]!.Auth,
    /** To be tried in this order; may be empty. */
    hosts: [...new Set([...address.UploadHosts, address.UploadHost])].filter((host) => host !== ''),
    extraHeaders: address.UploadHeader,
    sessionKey: address.SessionKey,
  }))

export type ApplyUpload = z.output<typeof ApplyUpload>

export const PutAnswer = z.object({ code, message: text })

export const CommitUpload = z
  .object({
    Result: z.object({
      Results: list(z.object({ Uri: text, UriStatus: text })),
      PluginResult: list(z.object({ ImageUri: text })),
    }),
  })
  .transform(({ Result }) => ({
    imageUri: Result.Results[0]?.Uri || Result.PluginResult[0]?.ImageUri || '',
    /** 2000 is done, 2001 failed; empty where only the plugin's result is sent. */
    status: Result.Results[0]?.UriStatus ?? '',
  }))

const QueueInfo = z.object({
  queue_idx: number,
  queue_length: number,
  queue_status: number,
  polling_config: z.object({ interval_seconds: number, timeout_seconds: number }).nullish(),
})

const Item = z.object({
  common_attr: z.object({ cover_url: text }).nullish(),
  image: z
    .object({
      format: text,
      large_images: list(
        z.object({ image_uri: text, image_url: text, width: number, height: number, format: text, size: number }),
      ),
    })
    .nullish(),
})

const Task = z.object({ status: number, submit_id: text, history_id: text, task_id: text })

export type TaskState = 'waiting' | 'done' | 'failed'

const SUCCESS = 50
const FAILURES: readonly number[] = [30, 40, 100]
/** A refusal by the site's own table, a success in some clients: the images decide. */
const DISPUTED = 10

/** One record of a query, or the `aigc_data` of a generate. */
export const TaskRecord = z
  .object({
    status: number,
    task: Task.nullish(),
    history_record_id: text,
    submit_id: text,
    item_list: list(Item),
    fail_code: text,
    fail_msg: text,
    fail_starling_key: text,
    fail_starling_message: text,
    forecast_generate_cost: number,
    forecast_queue_cost: number,
    queue_info: QueueInfo.nullish(),
  })
  .transform((record) => {
    const status = record.status ?? record.task?.status ?? -1
    const images = record.item_list
      .map(({ image }) => image?.large_images[0])
      .filter((image) => image !== undefined && image.image_url !== '')
      .map((image) => ({
        uri: image!.image_uri,
        // Some answers carry the escape itself.
        url: image!.image_url.replaceAll('\\u0026', '&'),
        width: image!.width,
        height: image!.height,
        format: image!.format,
      }))
    const queue = record.queue_info
    return {
      status,
      state: taskState(status, images.length > 0),
      historyId: record.history_record_id || record.task?.history_id || record.task?.task_id || '',
      submitId: record.submit_id || record.task?.submit_id || '',
      images,
      failCode: record.fail_code,
      failMessage: record.fail_msg || record.fail_starling_message,
      failKey: record.fail_starling_key,
      queue: queue
        ? {
            position: queue.queue_idx,
            length: queue.queue_length,
            pollSeconds: queue.polling_config?.interval_seconds ?? null,
            timeoutSeconds: queue.polling_config?.timeout_seconds ?? null,
          }
        : null,
      /** Not what is charged; probably seconds. */
      forecastSeconds: record.forecast_generate_cost,
    }
  })
export type TaskRecord = z.output<typeof TaskRecord>
export type ResultImage = TaskRecord['images'][number]

/** 45 and anything unknown is still under way. */
function taskState(status: number, hasImages: boolean): TaskState {
  if (status === SUCCESS) return 'done'
  if (status === DISPUTED) return hasImages ? 'done' : 'failed'
  return FAILURES.includes(status) ? 'failed' : 'waiting'
}

const Wrapped = z.object({ aigc_data: TaskRecord })

/** `data` of a generate: the record under `aigc_data`, or the record itself. */
export const GenerateData = z.union([Wrapped.transform((data) => data.aigc_data), TaskRecord])

/** `data` of a query: records by the id that was asked with. An id that is not there is unknown. */
export const QueryData = z
  .record(z.string(), TaskRecord.nullable())
  .nullish()
  .transform(
    (records) =>
      new Map(Object.entries(records ?? {}).filter(([, record]) => record !== null)) as Map<string, TaskRecord>,
  )

export const CreditData = z
  .object({
    credit: z.object({ vip_credit: number, gift_credit: number, purchase_credit: number }),
  })
  .transform(({ credit }) => {
    const vip = credit.vip_credit ?? 0
    const gift = credit.gift_credit ?? 0
    const purchased = credit.purchase_credit ?? 0
    return { vip, gift, purchased, total: vip + gift + purchased }
  })
export type Credit = z.output<typeof CreditData>
