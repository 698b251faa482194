// Responses of a server of this protocol, as recorded: names, types, and both spellings where clients differ. Pure: times, ids
// and addresses are arguments.

export interface ReplyStamp {
  readonly nowMs: number
  /** 20 hex characters. */
  readonly randomHex: string
}

/** 14 digits of China's time and 20 upper-case hex characters. */
function logId({ nowMs, randomHex }: ReplyStamp): string {
  const inChina = new Date(nowMs + 8 * 3600_000).toISOString()
  return inChina.slice(0, 19).replace(/\D/g, '') + randomHex.slice(0, 20).toUpperCase()
}

const OK = { ret: '0', errmsg: 'success' } as const

/** `/mweb/v1/*`. `ret` is text; clients compare it with "0". */
export function apiReply(data: unknown, stamp: ReplyStamp, refusal: Refusal = OK) {
  const { ret, errmsg } = refusal
  return { ret, errmsg, systime: String(Math.floor(stamp.nowMs / 1000)), logid: logId(stamp), data }
}

/** `/commerce/*`: other names, and the payload as JSON text beside the object that clients read. */
export function commerceReply(data: unknown, stamp: ReplyStamp, refusal: Refusal = OK) {
  const { ret, errmsg } = refusal
  return {
    ret,
    errmsg,
    svr_time: Math.floor(stamp.nowMs / 1000),
    log_id: logId(stamp),
    response: data === null ? '' : JSON.stringify(data),
    data,
  }
}

export interface Refusal {
  readonly ret: string
  readonly errmsg: string
}

export interface UploadTokenFacts {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly serviceId: string
  /** Host and port, without a scheme. */
  readonly uploadDomain: string
  readonly expiresMs: number
  readonly nowMs: number
}

/** `data` of an upload token. */
export function uploadTokenData(facts: UploadTokenFacts) {
  return {
    access_key_id: facts.accessKeyId,
    secret_access_key: facts.secretAccessKey,
    session_token: facts.sessionToken,
    space_name: facts.serviceId,
    service_id: facts.serviceId,
    upload_domain: facts.uploadDomain,
    region: 'cn',
    expired_time: Math.floor(facts.expiresMs / 1000),
    current_time: Math.floor(facts.nowMs / 1000),
  }
}

export interface ImagexCall {
  readonly requestId: string
  readonly action: string
  readonly region: string
}

function metadata({ requestId, action, region }: ImagexCall) {
  return { RequestId: requestId, Action: action, Version: '2018-08-01', Service: 'imagex', Region: region }
}

export interface ImagexError {
  readonly code: string
  readonly codeN: number
  readonly message: string
}

export function imagexErrorReply(call: ImagexCall, { code, codeN, message }: ImagexError) {
  return { ResponseMetadata: { ...metadata(call), Error: { Code: code, CodeN: codeN, Message: message } } }
}

export interface ApplyFacts {
  readonly storeUri: string
  readonly auth: string
  /** 32 hex characters. */
  readonly uploadId: string
  readonly uploadHost: string
  readonly sessionKey: string
}

export function applyReply(call: ImagexCall, facts: ApplyFacts) {
  return {
    ResponseMetadata: metadata(call),
    Result: {
      UploadAddress: {
        StoreInfos: [{ StoreUri: facts.storeUri, Auth: facts.auth, UploadID: facts.uploadId }],
        UploadHosts: [facts.uploadHost],
        UploadHost: facts.uploadHost,
        SessionKey: facts.sessionKey,
      },
    },
  }
}

export interface CommitFacts {
  readonly uri: string
  readonly width: number
  readonly height: number
  readonly md5: string
  readonly format: string
  readonly bytes: number
  readonly frames: number
}

export function commitReply(call: ImagexCall, facts: CommitFacts) {
  return {
    ResponseMetadata: metadata(call),
    Result: {
      Results: [{ Uri: facts.uri, UriStatus: 2000 }],
      PluginResult: [
        {
          FileName: facts.uri.split('/').at(-1) ?? '',
          SourceUri: facts.uri,
          ImageUri: facts.uri,
          ImageWidth: facts.width,
          ImageHeight: facts.height,
          ImageMd5: facts.md5,
          ImageFormat: facts.format,
          ImageSize: facts.bytes,
          FrameCnt: facts.frames,
        },
      ],
    },
  }
}

export interface RecordImage {
  readonly uri: string
  readonly url: string
  readonly width: number
  readonly height: number
  readonly format: string
  readonly bytes: number
}

/** 20 until it has ended, then 50 or 30: the oldest clients poll only while it is exactly 20. */
export type RecordState =
  | { readonly type: 'waiting' }
  | { readonly type: 'done'; readonly image: RecordImage; readonly finishedMs: number }
  | { readonly type: 'failed'; readonly failCode: string; readonly failMessage: string; readonly finishedMs: number }

export interface RecordFacts {
  readonly historyId: string
  readonly submitId: string
  /** Decimal, as text. */
  readonly userId: string
  readonly createdMs: number
  readonly queueLength: number
  readonly state: RecordState
}

const STATUS = { waiting: 20, done: 50, failed: 30 } as const
const POLLING = { interval_seconds: 1, timeout_seconds: 86_400 } as const

function queueInfo({ queueLength }: Pick<RecordFacts, 'queueLength'>) {
  return { queue_idx: 0, priority: 3, queue_status: 2, queue_length: queueLength, polling_config: POLLING }
}

function failure(state: RecordState) {
  const { failCode, failMessage } = state.type === 'failed' ? state : { failCode: '', failMessage: '' }
  return { fail_code: failCode, fail_msg: failMessage }
}

/** A record, as generate and the queries carry it. */
export function taskRecordReply(facts: RecordFacts) {
  const { historyId, submitId, state } = facts
  const status = STATUS[state.type]
  const finishTime = state.type === 'waiting' ? 0 : Math.floor(state.finishedMs / 1000)
  const items = state.type === 'done' ? [item(facts, state.image, state.finishedMs)] : []
  return {
    // The number of a cutout has not been seen in any recording.
    generate_type: 0,
    history_record_id: historyId,
    origin_history_record_id: null,
    created_time: facts.createdMs / 1000,
    finish_time: finishTime,
    item_list: items,
    origin_item_list: [],
    task: {
      task_id: historyId,
      submit_id: submitId,
      aid: 0,
      status,
      finish_time: finishTime,
      history_id: historyId,
      task_payload: null,
      original_input: null,
      req_first_frame_image: null,
    },
    mode: 'workbench',
    uid: facts.userId,
    status,
    submit_id: submitId,
    history_group_key: '',
    ...failure(state),
    fail_starling_key: '',
    fail_starling_message: '',
    forecast_generate_cost: 2,
    forecast_queue_cost: 0,
    queue_info: queueInfo(facts),
    total_image_count: 1,
    finished_image_count: items.length,
  }
}

/** Sides in pixels that clients ask the cover in. Here all of them lead to the image itself. */
const COVERS = ['360', '480', '720', '1080', '2400', '4096'] as const

function item({ historyId }: RecordFacts, image: RecordImage, finishedMs: number) {
  const { uri, url, width, height, format, bytes } = image
  return {
    common_attr: {
      id: historyId,
      effect_id: historyId,
      effect_type: 9,
      title: '',
      description: '',
      cover_url: url,
      item_urls: [''],
      md5: '',
      create_time: Math.floor(finishedMs / 1000),
      status: 144,
      review_info: { review_status: 1, review_code_list: [] },
      aspect_ratio: width / height,
      publish_source: 'user_post_mweb_item',
      collection_ids: [],
      extra: '',
      has_published: false,
      cover_url_map: Object.fromEntries(COVERS.map((side) => [side, url])),
      local_item_id: historyId,
      update_time: 0,
      cover_uri: uri,
      smart_crop_loc: null,
      cover_height: height,
      cover_width: width,
    },
    author: null,
    image: {
      format,
      large_images: [{ image_uri: uri, image_url: url, width, height, format, size: bytes }],
    },
  }
}

/** One entry of `get_history_queue_info`. */
export function queueReply(facts: RecordFacts) {
  return {
    status: STATUS[facts.state.type],
    ...failure(facts.state),
    queue_info: {
      ...queueInfo(facts),
      priority_queue_display_threshold: { vip_queuing_time_threshold: 0, waiting_time_threshold: 0 },
      debug_info: '',
    },
    forecast_cost_time: { forecast_generate_cost: 2, forecast_queue_cost: 0 },
  }
}

/** One entry of `uri2image`. */
export function imageByUriReply({ uri, url, width, height, format, bytes }: RecordImage) {
  return { image_uri: uri, image_url: url, width, height, format, size: bytes }
}

/** `data` of `user_credit`: clients of one family give up at a sum of 0, so there is one to show. */
export function creditData(balance: number) {
  return {
    credit: { vip_credit: 0, gift_credit: balance, purchase_credit: 0 },
    expiring_credits: [],
    credits_detail: { vip_credits: [], gift_credits: [], purchase_credits: [] },
  }
}
