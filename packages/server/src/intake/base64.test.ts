import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64, inPieces } from './base64.ts'

async function* pieces(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text, 'latin1')
}

async function decoded(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = []
  for await (const piece of decodeBase64(source, () => new Error('no base64'))) found.push(piece)
  return Buffer.concat(found)
}

const cutAt = (text: string, cuts: readonly number[]) => {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  return places.slice(1).map((end, i) => text.slice(places[i], end))
}

describe('decodeBase64', () => {
  it('gives the bytes back however the text is written and cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('', 'data:image/png;base64,', 'data:;base64,'),
        fc.constantFrom('base64', 'base64url'),
        fc.constantFrom('', '\n', '\r\n', ' '),
        fc.array(fc.nat(400), { maxLength: 6 }),
        async (bytes, prefix, alphabet, space, cuts) => {
          const letters = Buffer.from(bytes).toString(alphabet as 'base64')
          const text = prefix + letters.replace(/.{5}/g, (five) => five + space) + space
          expect((await decoded(pieces(cutAt(text, cuts)))).equals(Buffer.from(bytes))).toBe(true)
          expect((await decoded(inPieces(text))).equals(Buffer.from(bytes))).toBe(true)
        },
      ),
    )
  })

  it.each(['A', 'AAAAA', 'AA=A', '====A', 'no base64!', 'data:image/png,AAAA', 'data:image/png;base64', 'AAAAé'])(
    'refuses %s',
    async (text) => {
      await expect(decoded(pieces([text]))).rejects.toThrow('no base64')
    },
  )
})
