// Addresses of buckets. What is done there is tested against a server, in tests-all.

import { describe, expect, it } from 'vitest'
import { parseS3Url } from './s3-url.ts'

describe('parseS3Url', () => {
  it('reads bucket, prefix, endpoint and region', () => {
    expect(parseS3Url('s3://pictures')).toEqual({ bucket: 'pictures', prefix: '' })
    expect(parseS3Url('s3://pictures/a/b/')).toEqual({ bucket: 'pictures', prefix: 'a/b/' })
    expect(parseS3Url('s3://pictures/a?endpoint=https://store.example:9000&region=eu')).toEqual({
      bucket: 'pictures',
      prefix: 'a/',
      endpoint: 'https://store.example:9000',
      region: 'eu',
    })
  })

  it('refuses the rest, credentials in the address too', () => {
    for (const text of [
      '',
      'pictures',
      'https://pictures',
      's3://',
      's3://key:secret@pictures',
      's3://p?endpoint=ftp://x',
    ])
      expect(parseS3Url(text), text).toBeNull()
  })
})
