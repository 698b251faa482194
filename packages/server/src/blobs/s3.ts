// Blobs in S3, or in any store that speaks its protocol. An object appears when its last byte has arrived, not before.
// Credentials come from where the AWS SDK finds them: environment, profile, or the machine's role.

import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { KoutuError } from '@koutu/core'
import type { BlobRef, Blobs } from '../ports/ports.ts'
import { checkKey } from './key.ts'
import { limited } from './limited.ts'
import type { S3Settings } from './s3-url.ts'

/** The least that S3 takes as a part of an upload. Smaller blobs go in one request. */
const PART_BYTES = 5 * 2 ** 20
const DELETES_AT_ONCE = 16
/** A store that is frozen does not even refuse. */
const CONNECTION_TIMEOUT_MS = 5_000
const IDLE_TIMEOUT_MS = 20_000

export function createS3Blobs(settings: S3Settings): Blobs {
  const { bucket, prefix } = settings
  const client = createClient(settings)
  const at = (key: string): ObjectName => ({ Bucket: bucket, Key: prefix + checkKey(key) })
  return {
    put: async (key, source, request) => upload(client, at(key), key, source, request),
    read: async (key, range) => download(client, at(key), range),
    async delete(keys) {
      // One by one: not every store knows the command that deletes many.
      for (let i = 0; i < keys.length; i += DELETES_AT_ONCE) {
        await Promise.all(keys.slice(i, i + DELETES_AT_ONCE).map((key) => remove(client, at(key))))
      }
    },
    list: (wanted) => list(client, bucket, prefix, wanted),
    /** Asks for the bucket only: writing something each time would cost money. */
    async check() {
      await client.send(new HeadBucketCommand({ Bucket: bucket })).catch(failStore)
    },
  }
}

/** An object as the SDK names it. */
interface ObjectName {
  readonly Bucket: string
  readonly Key: string
}

function createClient({ endpoint, region }: S3Settings): S3Client {
  const isOwnEndpoint = Boolean(endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL)
  return new S3Client({
    ...(endpoint ? { endpoint } : {}),
    ...(region ? { region } : {}),
    forcePathStyle: isOwnEndpoint,
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
    // Checksums in trailers are Amazon's own addition, which other stores refuse; signatures cover what we send.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

async function upload(
  client: S3Client,
  object: ObjectName,
  key: string,
  source: Parameters<Blobs['put']>[1],
  { contentType, maxBytes, signal }: Parameters<Blobs['put']>[2],
): Promise<BlobRef> {
  const hash = createHash('sha256')
  let bytes = 0
  let sourceError: unknown
  const counted = async function* () {
    try {
      for await (const chunk of limited(source, maxBytes, signal)) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    } catch (error) {
      sourceError = error
      throw error
    }
  }
  const body = Readable.from(counted(), { objectMode: false })
  const params = { ...object, ContentType: contentType, Body: body }
  const running = new Upload({ client, params, partSize: PART_BYTES, queueSize: 2 })
  try {
    await running.done()
  } catch (error) {
    await running.abort().catch(() => {})
    throw sourceError ?? storeError(error)
  }
  return { key, bytes, sha256: hash.digest('hex'), contentType }
}

async function download(
  client: S3Client,
  object: ObjectName,
  range: Parameters<Blobs['read']>[1],
): ReturnType<Blobs['read']> {
  const isEmpty = range !== undefined && range.end <= range.start
  const Range = range && !isEmpty ? { Range: `bytes=${range.start}-${range.end - 1}` } : {}
  try {
    const { Body, ContentLength, ContentRange } = await client.send(new GetObjectCommand({ ...object, ...Range }))
    const stream = Body!.transformToWebStream() as ReadableStream<Uint8Array>
    const wanted = range && range.end - range.start
    if (wanted === undefined || (!isEmpty && ContentLength === wanted)) return stream
    // A server may ignore a range, or send more than was asked for.
    return stream.pipeThrough(cut(ContentRange === undefined ? range!.start : 0, Math.max(0, wanted)))
  } catch (error) {
    return isAbsent(error) ? null : failStore(error)
  }
}

async function remove(client: S3Client, object: ObjectName): Promise<void> {
  try {
    await client.send(new DeleteObjectCommand(object))
  } catch (error) {
    if (!isAbsent(error)) throw storeError(error)
  }
}

async function* list(client: S3Client, bucket: string, prefix: string, wanted: string): ReturnType<Blobs['list']> {
  let token: string | undefined
  do {
    const from = token === undefined ? {} : { ContinuationToken: token }
    const request = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix + wanted, ...from })
    const page = await client.send(request).catch(failStore)
    for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
      yield { key: Key.slice(prefix.length), bytes: Size, modifiedAtMs: LastModified?.getTime() ?? 0 }
    token = page.NextContinuationToken
  } while (token !== undefined)
}

/** Lets `length` bytes pass, after leaving `skip` out. */
function cut(skip: number, length: number): TransformStream<Uint8Array, Uint8Array> {
  let at = 0
  return new TransformStream({
    transform(chunk, controller) {
      const part = chunk.subarray(Math.max(0, skip - at), Math.max(0, skip + length - at))
      at += chunk.length
      if (part.length > 0) controller.enqueue(part)
      if (at >= skip + length) controller.terminate()
    },
  })
}

function failStore(error: unknown): never {
  throw storeError(error)
}

function isAbsent(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound')
}

/**
 * Whatever the SDK throws, the store is the reason: answers that are no S3 among them. Its messages may hold addresses and names
 * of buckets: they stay the cause.
 */
function storeError(error: unknown): KoutuError {
  const { name = 'unknown', code, $metadata } = error as Partial<S3ServiceException> & NodeJS.ErrnoException
  const isFull = $metadata?.httpStatusCode === 507 || name === 'QuotaExceeded'
  return new KoutuError(isFull ? 'STORAGE_FULL' : 'STORAGE_FAILED', { detail: code ?? name, cause: error })
}
