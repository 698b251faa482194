// Response schemas of the protocol, for the OpenAPI document and for tests that validate each response.

import { z } from '@hono/zod-openapi'

const ret = z
  .string()
  .regex(/^-?\d+$/)
  .meta({ description: '"0" is success.' })
const LogId = z.string().regex(/^\d{14}[0-9A-F]{20}$/)
const Id = z.string().regex(/^\d{13,14}$/)

export function apiSchema(data: z.ZodType): z.ZodType {
  return z.strictObject({
    ret,
    errmsg: z.string(),
    systime: z.string().regex(/^\d+$/),
    logid: LogId,
    data: data.nullable(),
  })
}

export function commerceSchema(data: z.ZodType): z.ZodType {
  return z.strictObject({
    ret,
    errmsg: z.string(),
    svr_time: z.int(),
    log_id: LogId,
    response: z.string().meta({ description: 'Same as `data`, as JSON.' }),
    data: data.nullable(),
  })
}

export const AnyBody = {
  content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
} as const

export const UploadTokenSchema = z.strictObject({
  access_key_id: z.string(),
  secret_access_key: z.string(),
  session_token: z.string(),
  space_name: z.string(),
  service_id: z.string(),
  upload_domain: z.string(),
  region: z.literal('cn'),
  expired_time: z.int(),
  current_time: z.int(),
})

const ImageSchema = z.strictObject({
  image_uri: z.string(),
  image_url: z.url(),
  width: z.int().min(1),
  height: z.int().min(1),
  format: z.string(),
  size: z.int().min(1),
})

const QueueInfo = z.looseObject({ queue_idx: z.int(), queue_length: z.int(), polling_config: z.looseObject({}) })
const Status = z.union([z.literal(20), z.literal(30), z.literal(50)])

const RecordSchema = z
  .looseObject({
    history_record_id: Id,
    submit_id: z.string(),
    status: Status,
    created_time: z.number(),
    finish_time: z.int(),
    task: z.looseObject({ task_id: Id, history_id: Id, submit_id: z.string(), status: Status }),
    item_list: z
      .array(
        z.looseObject({
          common_attr: z.looseObject({ id: Id, cover_url: z.url() }),
          image: z.strictObject({ format: z.string(), large_images: z.array(ImageSchema).length(1) }),
        }),
      )
      .max(1),
    fail_code: z.string(),
    fail_msg: z.string(),
    queue_info: QueueInfo,
  })
  .openapi('DreaminaRecord', { description: '`status` is 20 until it has ended, then 50 or 30.' })

export const GenerateSchema = z.strictObject({ aigc_data: RecordSchema })
export const RecordMapSchema = z.record(z.string(), RecordSchema)
export const RecordListSchema = z.strictObject({
  has_more: z.boolean(),
  next_offset: z.string(),
  records_list: z.array(RecordSchema),
})
export const QueueMapSchema = z.record(
  z.string(),
  z.looseObject({ status: Status, fail_code: z.string(), fail_msg: z.string(), queue_info: QueueInfo }),
)
export const ImageMapSchema = z.strictObject({ uri2image: z.record(z.string(), ImageSchema) })
export const EmptySchema = z.strictObject({})

export const AccountSchema = z.strictObject({ user_id: z.string(), user_id_str: z.string(), name: z.string() })
export const UserSchema = z.strictObject({ uid: z.string(), user_id: z.string(), name: z.string() })
export const CreditSchema = z.looseObject({
  credit: z.strictObject({ vip_credit: z.int(), gift_credit: z.int(), purchase_credit: z.int() }),
})
export const ReceiveSchema = z.strictObject({
  cur_total_credits: z.int(),
  receive_quota: z.int(),
  is_first_receive: z.boolean(),
})
export const CreditHistorySchema = z.strictObject({
  total_credit: z.int(),
  records: z.array(z.looseObject({})),
  new_cursor: z.string(),
  has_more: z.boolean(),
})

export const ImagexSchema = z.strictObject({
  ResponseMetadata: z.looseObject({ RequestId: z.string(), Action: z.string() }),
  Result: z.looseObject({}).optional(),
})
export const UploadSchema = z.looseObject({ code: z.int(), message: z.string() })

/** The account beside `data` as well as in it: clients look in either place. */
export const passportSchema = (data: z.ZodType) => z.looseObject({ message: z.literal('success'), data })
