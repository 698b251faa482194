// Answers of a server against the recorded shapes, key by key, and through the client's own reader.

import { describe, expect, it } from 'vitest'
import { ApplyUpload, CommitUpload, CreditData, Envelope, GenerateData, QueryData, UploadToken } from './answers.ts'
import {
  apiReply,
  applyReply,
  commerceReply,
  commitReply,
  creditData,
  imagexErrorReply,
  queueReply,
  type RecordFacts,
  type RecordState,
  taskRecordReply,
  uploadTokenData,
} from './replies.ts'

const STAMP = { nowMs: 1768097896_000, randomHex: '02f0e2b6c5b9b462eabcd' }
const CALL = { requestId: 'r', action: 'ApplyImageUpload', region: 'cn-north-1' }
const URI = 'tos-cn-i-tb4s082cfz/0123456789abcdef0123456789abcdef'
const FACTS: Omit<RecordFacts, 'state'> = {
  historyId: '7897104935692',
  submitId: '0b2b2c6e-9f0c-4d0a-8f0e-2f9d3a1b1c11',
  userId: '123456789012345',
  createdMs: 1768097919_595,
  queueLength: 0,
}
const IMAGE = { uri: URI, url: 'https://h/x', width: 4, height: 3, format: 'png', bytes: 98374 }
const record = (state: RecordState) => taskRecordReply({ ...FACTS, state })

describe('envelopes', () => {
  it('is as recorded: text for ret and time, China time in the log id', () => {
    expect(apiReply({ a: 1 }, STAMP)).toEqual({
      ret: '0',
      errmsg: 'success',
      systime: '1768097896',
      // 02:18:16 UTC is 10:18:16 in China.
      logid: '2026011110181602F0E2B6C5B9B462EABC',
      data: { a: 1 },
    })
    expect(Envelope.parse(apiReply(null, STAMP, { ret: '1015', errmsg: 'login error' }))).toMatchObject({
      ret: '1015',
      errmsg: 'login error',
    })
  })

  it('carries the payload of commerce twice, and its own names', () => {
    const reply = commerceReply(creditData(1000), STAMP)
    expect(Object.keys(reply).sort()).toEqual(['data', 'errmsg', 'log_id', 'response', 'ret', 'svr_time'])
    expect(JSON.parse(reply.response)).toEqual(reply.data)
    expect(CreditData.parse(reply.data).total).toBe(1000)
    expect(commerceReply(null, STAMP, { ret: '1015', errmsg: 'login error' })).toMatchObject({
      data: null,
      response: '',
    })
  })
})

describe('uploads', () => {
  it('a token has every field that some client reads', () => {
    const data = uploadTokenData({
      accessKeyId: 'AKTPx',
      secretAccessKey: 's',
      sessionToken: 'STS2x',
      serviceId: 'tb4s082cfz',
      uploadDomain: 'localhost:8787',
      expiresMs: 2000_500,
      nowMs: 1000_999,
    })
    expect(data).toEqual({
      access_key_id: 'AKTPx',
      secret_access_key: 's',
      session_token: 'STS2x',
      space_name: 'tb4s082cfz',
      service_id: 'tb4s082cfz',
      upload_domain: 'localhost:8787',
      region: 'cn',
      expired_time: 2000,
      current_time: 1000,
    })
    expect(UploadToken.parse(data)).toMatchObject({ serviceId: 'tb4s082cfz', expiresMs: 2000_000 })
  })

  it('apply names the host in both spellings', () => {
    const facts = { storeUri: URI, auth: 'a', uploadId: 'u', uploadHost: 'localhost:8787', sessionKey: 'k' }
    const reply = applyReply(CALL, facts)
    expect(reply).toEqual({
      ResponseMetadata: {
        RequestId: 'r',
        Action: 'ApplyImageUpload',
        Version: '2018-08-01',
        Service: 'imagex',
        Region: 'cn-north-1',
      },
      Result: {
        UploadAddress: {
          StoreInfos: [{ StoreUri: URI, Auth: 'a', UploadID: 'u' }],
          UploadHosts: ['localhost:8787'],
          UploadHost: 'localhost:8787',
          SessionKey: 'k',
        },
      },
    })
    expect(ApplyUpload.parse(reply)).toMatchObject({ storeUri: URI, hosts: ['localhost:8787'] })
  })

  it('commit names the image in both', () => {
    const facts = { uri: URI, width: 4, height: 3, md5: 'm', format: 'png', bytes: 9, frames: 1 }
    const { Result } = commitReply({ ...CALL, action: 'CommitImageUpload' }, facts)
    expect(Result).toEqual({
      Results: [{ Uri: URI, UriStatus: 2000 }],
      PluginResult: [
        {
          FileName: '0123456789abcdef0123456789abcdef',
          SourceUri: URI,
          ImageUri: URI,
          ImageWidth: 4,
          ImageHeight: 3,
          ImageMd5: 'm',
          ImageFormat: 'png',
          ImageSize: 9,
          FrameCnt: 1,
        },
      ],
    })
    expect(CommitUpload.parse({ Result })).toEqual({ imageUri: URI, status: '2000' })
  })

  it('errors have the three names', () => {
    const reply = imagexErrorReply(CALL, { code: 'InvalidAuthorization', codeN: 100024, message: 'm' })
    expect(reply.ResponseMetadata.Error).toEqual({ Code: 'InvalidAuthorization', CodeN: 100024, Message: 'm' })
  })
})

describe('records', () => {
  it('is 20 and empty until it has ended', () => {
    const waiting = record({ type: 'waiting' })
    expect(waiting).toMatchObject({
      history_record_id: '7897104935692',
      origin_history_record_id: null,
      created_time: 1768097919.595,
      status: 20,
      finish_time: 0,
      item_list: [],
      origin_item_list: [],
      fail_code: '',
      task: { task_id: '7897104935692', history_id: '7897104935692', submit_id: FACTS.submitId, status: 20, aid: 0 },
    })
    expect(GenerateData.parse({ aigc_data: waiting })).toMatchObject({ state: 'waiting', historyId: FACTS.historyId })
  })

  it('is 50 with one image', () => {
    const done = record({ type: 'done', image: IMAGE, finishedMs: 1768097930_900 })
    expect(done).toMatchObject({ status: 50, finish_time: 1768097930, task: { status: 50, finish_time: 1768097930 } })
    expect(done.item_list).toHaveLength(1)
    expect(done.item_list[0]!.image).toEqual({
      format: 'png',
      large_images: [{ image_uri: URI, image_url: 'https://h/x', width: 4, height: 3, format: 'png', size: 98374 }],
    })
    // Every key of the recorded node.
    expect(Object.keys(done.item_list[0]!.common_attr).sort()).toEqual(
      `id effect_id effect_type title description cover_url item_urls md5 create_time status review_info aspect_ratio
       publish_source collection_ids extra has_published cover_url_map local_item_id update_time cover_uri
       smart_crop_loc cover_height cover_width`
        .split(/\s+/)
        .sort(),
    )
    const read = QueryData.parse({ [FACTS.historyId]: done }).get(FACTS.historyId)!
    expect(read).toMatchObject({ state: 'done', images: [{ uri: URI, url: 'https://h/x', width: 4, height: 3 }] })
  })

  it('is 30 with a reason and no items', () => {
    const failed = record({ type: 'failed', failCode: '2046', failMessage: 'no object found', finishedMs: 1 })
    expect(failed).toMatchObject({ status: 30, item_list: [], fail_code: '2046', fail_msg: 'no object found' })
    expect(GenerateData.parse({ aigc_data: failed })).toMatchObject({ state: 'failed', failCode: '2046' })
  })

  it('stands in the queue as recorded', () => {
    const entry = queueReply({ ...FACTS, queueLength: 3, state: { type: 'waiting' } })
    expect(entry).toMatchObject({ status: 20, queue_info: { queue_idx: 0, queue_length: 3 } })
    expect(Object.keys(entry).sort()).toEqual(['fail_code', 'fail_msg', 'forecast_cost_time', 'queue_info', 'status'])
  })
})
