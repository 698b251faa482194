// multipart/form-data, read as it arrives: fields as texts, files handed on as streams. Bounded in every direction.

import { Readable } from 'node:stream'
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import { KoutuError } from '@koutu/core'
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
const MAX_NAME_BYTES = 100

/** Errors: REQUEST_INVALID, and what the handlers throw. */
export async function readMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  handlers: MultipartHandlers,
  { maxFiles, fileNames = [] }: MultipartLimits,
): Promise<void> {
  const parser = createParser(contentType, maxFiles, fileNames)
  const source = Readable.from(body, { objectMode: false })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // Parts come one after the other: the parser waits until a file has been read.
  const files: Promise<void>[] = []
  const streams: BusboyFileStream[] = []
  const fail = (error: unknown): void => {
    reject(error)
    source.unpipe(parser)
    source.destroy()
  }
  parser.on('file', (name, stream, fileName) => {
    // A part that nobody reads any more must not end the process.
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
    try {
      if (nameCut || valueCut) throw badRequest(`expected fields of at most ${MAX_FIELD_BYTES} bytes`)
      handlers.onField(name, value)
    } catch (error) {
      fail(error)
    }
  })
  parser.on('filesLimit', () => fail(badRequest(`expected at most ${maxFiles} files in one request`)))
  parser.on('fieldsLimit', () => fail(badRequest(`expected at most ${MAX_FIELDS} fields in one request`)))
  parser.on('partsLimit', () => fail(badRequest('the form has too many parts')))
  parser.on('error', (error) => fail(malformed(error)))
  parser.on('finish', () => Promise.all(files).then(() => resolve(), reject))
  source.on('error', fail)
  source.pipe(parser)
  try {
    await promise
  } finally {
    source.destroy()
    // Also those whose end never comes, so that nothing waits for them.
    for (const stream of streams) stream.destroy()
    await Promise.allSettled(files)
  }
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
