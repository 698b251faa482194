// Answers as recorded, and bent in the ways services bend them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApplyUpload, CommitUpload, Envelope, GenerateData, QueryData, TaskRecord, UploadToken } from './answers.ts'

const TOKEN = { access_key_id: 'AKTPx', secret_access_key: 'c2Vj', session_token: 'STS2x' }

describe('token', () => {
  it.each([
    [{ space_name: 'tb4s082cfz', upload_domain: 'imagex.bytedanceapi.com', region: 'cn' }, 'tb4s082cfz', ''],
    [{ service_id: 'tb4s082cfz' }, 'tb4s082cfz', ''],
    [{ space_name: 'wopfjsm1ax', service_id: 'other', region: 'us-east-1' }, 'wopfjsm1ax', 'us-east-1'],
    [{}, '', ''],
  ])('%o', (extra, serviceId, awsRegion) => {
    expect(UploadToken.parse({ ...TOKEN, ...extra })).toMatchObject({ serviceId, awsRegion })
  })

  it.each([
    [1768097896, 1768097896000],
    ['1768097896', 1768097896000],
    ['1768097896123', 1768097896123],
    ['2026-01-11T10:18:16+08:00', 1768097896000],
    ['soon', null],
    [null, null],
  ])('reads the end %s', (expired_time, expected) => {
    expect(UploadToken.parse({ ...TOKEN, expired_time }).expiresMs).toBe(expected)
  })

  it('wants all three keys', () => {
    expect(UploadToken.safeParse({ ...TOKEN, session_token: '' }).success).toBe(false)
  })
})

describe('apply and commit', () => {
  const apply = (hosts: object) => ({
    Result: { UploadAddress: { StoreInfos: [{ StoreUri: 'tos/x', Auth: 'a' }], SessionKey: 'k', ...hosts } },
  })
  it.each([
    [{ UploadHosts: ['a.com', 'b.com'] }, ['a.com', 'b.com']],
    [{ UploadHost: 'c.com' }, ['c.com']],
    [{ UploadHosts: null, UploadHost: 'c.com' }, ['c.com']],
    [{ UploadHosts: ['a.com'], UploadHost: 'a.com' }, ['a.com']],
    [{}, []],
  ])('%o', (hosts, expected) => {
    expect(ApplyUpload.parse(apply(hosts)).hosts).toEqual(expected)
  })

  it.each([
    [{ Results: [{ Uri: 'u', UriStatus: 2000 }] }, { imageUri: 'u', status: '2000' }],
    [{ Results: [{ Uri: 'u', UriStatus: '2001' }] }, { imageUri: 'u', status: '2001' }],
    [{ PluginResult: [{ ImageUri: 'p' }] }, { imageUri: 'p', status: '' }],
    [
      { Results: null, PluginResult: null },
      { imageUri: '', status: '' },
    ],
  ])('%o', (Result, expected) => {
    expect(CommitUpload.parse({ Result })).toEqual(expected)
  })
})

describe('records', () => {
  const image = { image: { large_images: [{ image_uri: 'tos/r', image_url: 'https://x/y?a=1\\u0026b=2' }] } }
  it.each([
    [0, false, 'waiting'],
    [20, false, 'waiting'],
    [42, false, 'waiting'],
    [45, true, 'waiting'],
    [50, true, 'done'],
    [30, false, 'failed'],
    [40, false, 'failed'],
    [100, false, 'failed'],
    [10, false, 'failed'],
    [10, true, 'done'],
    [-1, false, 'waiting'],
    [9999, false, 'waiting'],
  ])('status %d with items: %s is %s', (status, items, state) => {
    const record = { status, item_list: items ? [image] : [] }
    expect(TaskRecord.parse(record).state).toBe(state)
    expect(TaskRecord.parse({ ...record, status: String(status) }).state).toBe(state)
    expect(TaskRecord.parse({ task: { status }, item_list: record.item_list }).state).toBe(state)
  })

  it('un-escapes addresses and skips items without one', () => {
    const { images } = TaskRecord.parse({ status: 50, item_list: [{ image: { large_images: [] } }, {}, image] })
    expect(images).toEqual([{ uri: 'tos/r', url: 'https://x/y?a=1&b=2', width: null, height: null, format: '' }])
  })

  it('reads the record of a generate wrapped or bare, and finds its id in either place', () => {
    const record = { task: { task_id: '78971', status: 20 } }
    expect(GenerateData.parse({ aigc_data: record }).historyId).toBe('78971')
    expect(GenerateData.parse(record).historyId).toBe('78971')
    expect(GenerateData.parse({ aigc_data: { history_record_id: 78972 } }).historyId).toBe('78972')
    expect(GenerateData.parse({ aigc_data: null }).historyId).toBe('')
    expect(GenerateData.safeParse(null).success).toBe(false)
  })

  it('takes null for an empty map and for an unknown record', () => {
    expect(QueryData.parse(null).size).toBe(0)
    expect(QueryData.parse({ a: null }).size).toBe(0)
    expect(QueryData.parse({ a: { status: '50' } }).get('a')?.status).toBe(50)
  })
})

it('takes ret as text or number', () => {
  expect(Envelope.parse({ ret: 0 }).ret).toBe('0')
  expect(Envelope.parse({ ret: '1015', data: null }).ret).toBe('1015')
})

it('never throws on anything, it only says no', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const schema of [Envelope, UploadToken, ApplyUpload, CommitUpload, GenerateData, QueryData]) {
        expect(typeof schema.safeParse(value).success).toBe('boolean')
      }
    }),
  )
})
