// rembg's clients against a whole server with the real pipeline and codec: each parameter by the image that comes of it.
// What is red in a drawing is its subject.

import { encodePng } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PictureServer, startPictureServer } from './picture-server.fixture.ts'

const WIDTH = 60
/** Red from x = 10 to 40, of which the right half is half red. */
function draw(): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(WIDTH * 40 * 3)
  for (let i = 0; i < WIDTH * 40; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)]
    const red = x < 25 ? 255 : 153
    data.set(x >= 10 && x < 40 && y >= 10 && y < 30 ? [red, 0, 0] : [0, 200, 0], i * 3)
  }
  return new Uint8Array(encodePng({ width: WIDTH, height: 40, channels: 3, data }))
}

let server: PictureServer
const photo = draw()

beforeAll(async () => {
  const network = { 'https://example.org/a.png': photo }
  server = await startPictureServer({ network, models: ['isnet-general-use', 'birefnet-lite'] })
})
afterAll(() => server[Symbol.asyncDispose]())

type Query = Readonly<Record<string, string>>

async function cutOut(query: Query): Promise<{ channels: number; at(x: number, y: number): readonly number[] }> {
  const form = new FormData()
  form.append('file', new Blob([photo]), 'photo.png')
  const address = `${server.url}/api/remove?${new URLSearchParams(query)}`
  const response = await fetch(address, { method: 'POST', body: form })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
  return decode(await response.bytes())
}

async function decode(bytes: Uint8Array) {
  const { channels } = await sharp(bytes).metadata()
  const picture = channels === 1 ? sharp(bytes).toColourspace('b-w') : sharp(bytes)
  const data = await picture.raw().toBuffer()
  const at = (x: number, y: number) => [...data.subarray((y * WIDTH + x) * channels, (y * WIDTH + x + 1) * channels)]
  return { channels, at }
}

describe('rembg', () => {
  it('answers a PNG with alpha, from a form and from an address', async () => {
    const byUrl = await fetch(`${server.url}/api/remove?url=https%3A%2F%2Fexample.org%2Fa.png`)
    for (const picture of [await cutOut({}), await decode(await byUrl.bytes())]) {
      expect(picture.channels).toBe(4)
      expect([picture.at(12, 15), picture.at(30, 15)[3], picture.at(0, 0)]).toEqual([
        [255, 0, 0, 255],
        153,
        [0, 0, 0, 0],
      ])
    }
  })

  it('model: the same network where it is here, the server’s own for the one nobody chose', async () => {
    const asked: Query[] = [{}, { model: 'u2net' }, { model: 'birefnet-general-lite' }, { model: 'sam' }]
    for (const query of asked) expect((await cutOut(query)).at(12, 15)).toEqual([255, 0, 0, 255])
    expect(server.runs.slice(-4).map(({ options }) => options.model)).toEqual([
      'isnet-general-use',
      'isnet-general-use',
      'birefnet-lite',
      'isnet-general-use',
    ])
  })

  it('om: the mask alone', async () => {
    const mask = await cutOut({ om: 'true' })
    expect([mask.channels, mask.at(12, 15), mask.at(30, 15), mask.at(0, 0)]).toEqual([1, [255], [153], [0]])
  })

  it('ppm: wholly opaque or wholly transparent', async () => {
    const picture = await cutOut({ ppm: 'true' })
    expect([picture.at(12, 15)[3], picture.at(30, 15)[3], picture.at(0, 0)[3]]).toEqual([255, 255, 0])
    expect((await cutOut({ ppm: 'true', om: 'true' })).at(30, 15)).toEqual([255])
  })

  it('bgc: a color behind, translucent where it is', async () => {
    const opaque = await cutOut({ bgc: '0,0,255,255' })
    expect([opaque.at(0, 0), opaque.at(12, 15).slice(0, 3)]).toEqual([
      [0, 0, 255],
      [255, 0, 0],
    ])
    // 0.6 of the subject over blue.
    expect(opaque.at(30, 15)[2]).toBe(102)
    expect((await cutOut({ bgc: '0,0,255,100' })).at(0, 0)).toEqual([0, 0, 255, 100])
    expect((await cutOut({ bgc: '0,0,255,255', om: 'true' })).at(0, 0)).toEqual([0])
  })

  it('dc: colors of soft edges as the photo has them, where it is turned off', async () => {
    expect((await cutOut({ dc: 'false' })).at(30, 15)).toEqual([153, 0, 0, 153])
    // Freed of the green behind, they are as red as the opaque part.
    expect((await cutOut({ dc: 'true' })).at(25, 15)[0]).toBeGreaterThan(200)
  })

  it('a, af, ab, ae, vm: koutu’s own matting, whatever they say', async () => {
    const usual = await cutOut({})
    const asked = await cutOut({ a: 'true', af: '200', ab: '20', ae: '3', vm: 'true' })
    for (const x of [0, 9, 10, 24, 25, 39, 40]) expect(asked.at(x, 15)).toEqual(usual.at(x, 15))
  })

  it('extras: boxes and points for the model sam', async () => {
    const prompt = (...sam_prompt: object[]) => ({ model: 'sam', extras: JSON.stringify({ sam_prompt }) })
    const boxed = await cutOut(prompt({ type: 'rectangle', data: [0, 0, 20, 40], label: 2 }))
    expect([boxed.at(12, 15)[3], boxed.at(22, 15)[3]]).toEqual([255, 0])
    const pointed = await cutOut(
      prompt({ type: 'point', data: [15, 15], label: 0 }, { type: 'point', data: [50, 35], label: 1 }),
    )
    expect([pointed.at(15, 15)[3], pointed.at(50, 35)[3]]).toEqual([0, 255])
    const ignored = await cutOut({ extras: prompt({ type: 'rectangle', data: [0, 0, 20, 40] }).extras })
    expect(ignored.at(22, 15)[3]).toBe(255)
  })
})
