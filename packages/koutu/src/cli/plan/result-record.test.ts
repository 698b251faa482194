// The record in a result: readable in every format, invisible to decoders, gone with the first edit.

import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OUTPUT_FORMATS, resolveOptions } from '@koutu/core'
import { createSharpCodec } from '@koutu/node'
import { unzip } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isResultFile, readResultRecord, withRecord } from './result-record.ts'

const RECORD = { optionsKey: '0123456789abcdef', sourceKey: '89abcdef', inputBytes: 1_234_567 }
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-record-'))
})
afterAll(() => rm(folder, { recursive: true }))

const drawing = () =>
  sharp({ create: { width: 31, height: 17, channels: 4, background: { r: 200, g: 30, b: 60, alpha: 0.5 } } })

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

describe.each([
  ['png', () => drawing().png()],
  ['webp', () => drawing().webp({ lossless: true })],
  ['webp', () => drawing().webp()],
  ['webp', () => drawing().removeAlpha().webp()],
  [
    'webp',
    () =>
      drawing()
        .withExif({ IFD0: { Artist: 'x' } })
        .webp(),
  ],
  ['avif', () => drawing().avif()],
  ['jpeg', () => drawing().removeAlpha().jpeg()],
  [
    'jpeg',
    () =>
      drawing()
        .removeAlpha()
        .withExif({ IFD0: { Artist: 'x' } })
        .withIccProfile('p3')
        .jpeg(),
  ],
  ['tiff', () => drawing().tiff()],
] as const)('in %s', (format, draw) => {
  it('is read again, and the image stays the same', async () => {
    const before = await draw().toBuffer()
    const after = withRecord(format, before, RECORD)
    const path = await put(`a.${format}`, after)
    expect(await readResultRecord(path)).toEqual(RECORD)
    expect(await isResultFile(path)).toBe(true)
    const [{ data, info }, want] = (await Promise.all(
      [after, before].map((bytes) => sharp(bytes).raw().toBuffer({ resolveWithObject: true })),
    )) as [{ data: Buffer; info: object }, { data: Buffer; info: object }]
    expect([info, data.equals(want.data)]).toEqual([want.info, true])
    // Our own checks of headers and completeness hold as well.
    const { maxBytes, maxPixels, maxFrames } = resolveOptions({})
    const decoded = await createSharpCodec().decode(
      after,
      { keepIcc: false, keepMetadata: false, limits: { maxBytes, maxPixels, maxFrames } },
      {},
    )
    expect(decoded).toBeDefined()
  })

  it('is gone when the file was edited', async () => {
    const path = await put(`b.${format}`, withRecord(format, await draw().toBuffer(), RECORD))
    await appendFile(path, 'x')
    expect(await readResultRecord(path)).toBeNull()
  })
})

describe('the record', () => {
  it('has a place in every output format', () => {
    const formats = ['png', 'webp', 'avif', 'jpeg', 'tiff', 'zip', 'psd']
    expect([...OUTPUT_FORMATS].sort()).toEqual(formats.sort())
  })

  it('is the comment of a zip', async () => {
    // An archive without files.
    const empty = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)])
    const path = await put('a.zip', withRecord('zip', empty, RECORD))
    expect(await readResultRecord(path)).toEqual(RECORD)
    expect([...(await unzip(await readFile(path))).keys()]).toEqual([])
  })

  it('is a resource of a psd', async () => {
    // Header, no color mode data, no resources, then what follows.
    const bytes = Buffer.concat([
      Buffer.from('8BPS'),
      Buffer.alloc(22),
      Buffer.alloc(4),
      Buffer.alloc(4),
      Buffer.from('rest'),
    ])
    const path = await put('a.psd', withRecord('psd', bytes, RECORD))
    const psd = await readFile(path)
    expect(await readResultRecord(path)).toEqual(RECORD)
    const length = psd.readUInt32BE(30)
    expect(psd.subarray(34 + length).toString()).toBe('rest')
    expect(psd.subarray(34, 40).toString('latin1')).toBe('8BIM\x0f\xa0')
  })

  it('is not in other files, of any length', async () => {
    for (const text of ['', 'x', 'koutu-result', `koutu-result ${'0'.repeat(16)} ${'0'.repeat(12)} ${'9'.repeat(12)}`])
      expect(await readResultRecord(await put('other.png', Buffer.from(text)))).toBeNull()
    expect(await isResultFile(join(folder, 'not-there.png'))).toBe(false)
    expect(await isResultFile(join(folder, 'photo.CUTOUT.webp'))).toBe(true)
  })
})
