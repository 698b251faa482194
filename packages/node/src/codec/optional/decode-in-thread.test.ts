// The decoder thread with stand-ins for its HEIC decoder. Real files are decoded in hostile.alone.test.ts and in the golden figures.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ChannelUser, channelContract } from '@koutu/testing'
import { afterAll, expect, it } from 'vitest'
import { decodeInThread } from './decode-in-thread.ts'

const folder = mkdtempSync(join(tmpdir(), 'koutu-heic-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A package whose `all` has this body. */
function decoder(name: string, body: string): string {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, `export default { async all({ buffer }) { ${body} } }`)
  return pathToFileURL(path).href
}

/** One pixel high, as wide as the file is long, and each pixel a byte of it. */
const echo = decoder(
  'echo',
  `return [{ width: buffer.length, height: 1, decode: async () => ({ data: Uint8ClampedArray.from(buffer, (b) => b) }) }]`,
)
const decode = (packageName: string, n = 1, signal?: AbortSignal) =>
  decodeInThread({ format: 'heic', bytes: new Uint8Array(n + 1).fill(n), packageName, maxPixels: 100 }, signal)

channelContract(
  'the decoder thread',
  async (): Promise<ChannelUser> => ({
    ask: (n, { signal }) => decode(echo, n, signal),
    answerTo: (n) => ({ width: n + 1, height: 1, channels: 4 as const, data: new Uint8Array(n + 1).fill(n) }),
    refuse: () => decode(echo, 100),
    refusal: { code: 'IMAGE_TOO_LARGE', data: { limit: 100, actual: 101 } },
    die: () => decode(decoder('exits', 'process.exit(1)')),
    loss: 'IMAGE_CORRUPT',
    async [Symbol.asyncDispose]() {},
  }),
  { flood: 6 },
)

it.each([
  ['throws', `throw new Error('bad box')`, 'bad box'],
  ['throws no error', 'throw 7', '7'],
  ['finds no image', 'return []', 'no image'],
])('a decoder that %s is IMAGE_CORRUPT', async (name, body, words) => {
  await expect(decode(decoder(name.replaceAll(' ', '-'), body))).rejects.toMatchObject({
    code: 'IMAGE_CORRUPT',
    message: expect.stringContaining(words),
  })
})

it('a decoder that loops is stopped by an abort', async () => {
  const controller = new AbortController()
  const decoding = decode(decoder('loops', 'for (;;) {}'), 1, controller.signal)
  setImmediate(() => controller.abort())
  await expect(decoding).rejects.toMatchObject({ code: 'ABORTED' })
})
