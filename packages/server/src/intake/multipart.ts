// multipart/form-data, read as it arrives: fields as texts, files handed on as streams. Bounded in every direction.

import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import { excerpt, KoutuError } from '@koutu/core'
import { badRequest } from '../http/problem.ts'

interface FilePart {
  readonly name: string
  readonly fileName: string | null
  readonly content: AsyncIterable<Uint8Array>
}

export interface MultipartHandlers {
  /** The part is over when this resolves; throwing ends the whole request. */
  onFile(part: FilePart): Promise<void>
  onField(name: string, value: string): void
}

export interface MultipartLimits {
  readonly maxFiles: number
  /** Parts of these names are files whatever else they say of themselves; others where they have a file name. */
  readonly fileNames?: readonly string[]
}

const MAX_FIELDS = 64
const MAX_FIELD_BYTES = 2 ** 16
const MAX_FIELDS_BYTES = 2 ** 20
const MAX_NAME_BYTES = 100
/** Twice what a browser's longest header and a polite preamble have. */
const MAX_UNUSED_BYTES = 2 ** 18
const SLICE_BYTES = 2 ** 16

/** Errors: REQUEST_INVALID, and what the handlers throw. */
export async function readMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  handlers: MultipartHandlers,
  { maxFiles, fileNames = [] }: MultipartLimits,
): Promise<void> {
  const parser = createParser(contentType, maxFiles, fileNames)
  const { promise: end, resolve, reject: fail } = Promise.withResolvers<void>()
  // Parts come one after the other: the parser waits until a file has been read.
  const files: Promise<void>[] = []
  const streams: BusboyFileStream[] = []
  let fields = 0
  let fieldsBytes = 0
  parser.on('file', (name, stream, fileName) => {
    // An error of an abandoned part must not end the process.
    stream.on('error', () => {})
    const work = handlers.onFile({
      name,
      fileName: fileName ? unescapeName(fileName) : null,
      content: stream as AsyncIterable<Uint8Array>,
    })
    work.catch(fail)
    streams.push(stream)
    files.push(work)
  })
  parser.on('field', (name, value, nameCut, valueCut) => {
    fields++
    fieldsBytes += value.length
    try {
      if (nameCut || valueCut) throw tooLong(name)
      if (fieldsBytes > MAX_FIELDS_BYTES)
        throw badRequest(`expected at most ${MAX_FIELDS_BYTES} bytes in the fields of a form`)
      handlers.onField(name, value)
    } catch (error) {
      fail(error)
    }
  })
  parser.on('filesLimit', () => fail(badRequest(`expected at most ${maxFiles} files in one request`)))
  parser.on('fieldsLimit', () => fail(badRequest(`expected at most ${MAX_FIELDS} fields in one request`)))
  parser.on('partsLimit', () => fail(badRequest('the form has too many parts')))
  parser.on('error', (error) => fail(malformed(error)))
  parser.on('finish', () => Promise.all(files).then(() => resolve(), fail))
  const feeding = new AbortController()
  const progress = () => streams.reduce((sum, { bytesRead }) => sum + bytesRead + 1, fields)
  feed(parser, body, progress, feeding.signal).catch(fail)
  try {
    await end
  } finally {
    feeding.abort()
    // Also those whose end never comes, so that nothing waits for them.
    for (const stream of streams) stream.destroy()
    await Promise.allSettled(files)
  }
}

function tooLong(name: unknown): KoutuError {
  return badRequest(
    `expected at most ${MAX_FIELD_BYTES} bytes in the field ${JSON.stringify(excerpt(String(name)))}; an image is sent as a file, with a file name`,
  )
}

/**
 * `progress` grows with every field, every file and every byte of a file. What makes it stand still is no part of a form:
 * a preamble, headers without end, parts without a name, line breaks. Errors: REQUEST_INVALID for too much of it.
 */
async function feed(
  parser: BusboyInstance,
  body: AsyncIterable<Uint8Array>,
  progress: () => number,
  stopped: AbortSignal,
): Promise<void> {
  let [last, unusedBytes] = [0, 0]
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      const slice = chunk.subarray(at, at + SLICE_BYTES)
      await new Promise<void>((resolve) => parser.write(slice, () => resolve()))
      if (stopped.aborted) return
      const now = progress()
      unusedBytes = now === last ? unusedBytes + slice.length : 0
      last = now
      if (unusedBytes > MAX_UNUSED_BYTES)
        throw badRequest(`expected at most ${MAX_UNUSED_BYTES} bytes in a form beside its fields and files`)
    }
  }
  parser.end()
}

function createParser(contentType: string, maxFiles: number, fileNames: readonly string[]): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      isPartAFile: (name, partType, fileName) =>
        fileNames.includes(name ?? '') || fileName !== undefined || partType === 'application/octet-stream',
      limits: {
        fields: MAX_FIELDS,
        fieldNameSize: MAX_NAME_BYTES,
        fieldSize: MAX_FIELD_BYTES,
        files: maxFiles,
        parts: MAX_FIELDS + maxFiles,
        headerPairs: 16,
        headerSize: 8192,
      },
    })
  } catch (error) {
    throw malformed(error)
  }
}

/** What browsers write for the three characters that a name in a form cannot hold (HTML, multipart/form-data). */
function unescapeName(name: string): string {
  return name.replace(/%22|%0D|%0A/gi, (escaped) => decodeURIComponent(escaped))
}

function malformed(error: unknown): KoutuError {
  return new KoutuError('REQUEST_INVALID', {
    detail: `the form is malformed: ${error instanceof Error ? error.message : 'it cannot be read'}`,
    cause: error,
  })
}
