import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMultipart } from './multipart.ts'

const BOUNDARY = 'koutu-test'
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`
const END = `--${BOUNDARY}--\r\n`
const part = (headers: string, body: string) => `--${BOUNDARY}\r\n${headers}\r\n\r\n${body}\r\n`
const FILE = part('content-disposition: form-data; name="image"; filename="a.png"', 'PNG')

interface Seen {
  readonly files: { readonly name: string; readonly fileName: string | null; readonly bytes: number }[]
  readonly fields: [string, string][]
}

async function read(body: AsyncIterable<Uint8Array>, maxFiles = 4): Promise<Seen> {
  const seen: Seen = { files: [], fields: [] }
  await readMultipart(
    body,
    TYPE,
    {
      async onFile({ name, fileName, content }) {
        let bytes = 0
        for await (const piece of content) bytes += piece.length
        seen.files.push({ name, fileName, bytes })
      },
      onField: (name, value) => void seen.fields.push([name, value]),
    },
    { maxFiles },
  )
  return seen
}

async function* pieces(text: string, size = 2 ** 16): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('what is no part of a form', () => {
  const KB = 1000
  it.each([
    ['line breaks', '', '\r\n'],
    ['dashes', '', '-'],
    ['half a boundary', '', `\r\n--${BOUNDARY.slice(0, -1)}`],
    ['a preamble', '', 'x'],
    ['an epilogue', FILE + END, 'x'],
    ['a header without end', `--${BOUNDARY}\r\nx-a: `, 'x'],
    ['headers without end', `--${BOUNDARY}\r\n`, 'x-a: y\r\n'],
    ['spaces after a boundary', `--${BOUNDARY}`, ' '],
    ['a part without a name', `--${BOUNDARY}\r\nx-a: y\r\n\r\n`, 'x'],
    ['a field that does not end', `--${BOUNDARY}\r\ncontent-disposition: form-data; name="a"\r\n\r\n`, 'x'],
    ['boundaries', '', `\r\n--${BOUNDARY}`],
    ['fields', '', part('content-disposition: form-data; name="a"', '')],
    ['files', '', FILE],
  ])('%s: at most some 400 kB are read', async (_, start, repeated) => {
    let read_ = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(start)
      const piece = Buffer.alloc(2 ** 16, repeated)
      for (; read_ < 1e7; read_ += piece.length) yield piece
    }
    await expect(read(endless())).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    expect(read_).toBeLessThan(400 * KB)
  })

  it('may be some of it', async () => {
    const body = `${'x'.repeat(50 * KB)}\r\n${FILE}${part('x-a: y', 'z'.repeat(50 * KB))}${END}${'x'.repeat(50 * KB)}`
    expect((await read(pieces(body))).files).toEqual([{ name: 'image', fileName: 'a.png', bytes: 3 }])
  })

  it('is not the content of a file, whatever it is', async () => {
    const content = '\r\n--'.repeat(500 * KB)
    const body = part('content-disposition: form-data; name="image"; filename="a.png"', content) + END
    expect((await read(pieces(body))).files[0]!.bytes).toBe(content.length)
  })
})

describe('names of files', () => {
  it.each([
    ["filename*=UTF-8''%e5%9b%be.png", '图.png'],
    ["filename*=utf-8'en'a.png", 'a.png'],
    ['filename*="UTF-8\'\'a.png"', 'a.png'],
    ['filename="x.png"; filename*=UTF-8\'\'a.png', 'x.png'],
    ['filename="a%22b.png"', 'a"b.png'],
    ['filename=a.png', 'a.png'],
    ['filename=""', null],
    ['filename*', null],
  ])('%s', async (parameter, fileName) => {
    const body = part(`content-disposition: form-data; name="image"; ${parameter}`, 'PNG') + END
    expect((await read(pieces(body))).files).toEqual([{ name: 'image', fileName, bytes: 3 }])
  })
})

it('ends for any body, and any cut of a good one', async () => {
  const good = `${part('content-disposition: form-data; name="crop"', 'true')}${FILE}${END}`
  const text = fc.oneof(
    fc
      .array(
        fc.constantFrom(
          '\r\n',
          '--',
          `--${BOUNDARY}`,
          '\r',
          '\n',
          'x',
          'content-disposition: form-data; ',
          'name="a"',
          '; filename="b"',
          '; filename*=',
          "UTF-8''",
        ),
        { maxLength: 40 },
      )
      .map((list) => list.join('')),
    fc.nat(good.length).map((length) => good.slice(0, length)),
  )
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 50 }), async (body, size) => {
      await read(pieces(body, size)).catch((error) => expect(error).toMatchObject({ code: 'REQUEST_INVALID' }))
    }),
    { numRuns: 300 },
  )
})
