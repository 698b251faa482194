// Renders docs/images/qualities.jpg: the whiskers of examples/photo.jpg as each `--quality` of the default model cuts them out.
// Run after a change of the matte: node tools/draw-qualities.ts

import { join } from 'node:path'
import { createRemover } from 'koutu'
import sharp from 'sharp'

const root = join(import.meta.dirname, '..')
const PHOTO = join(root, 'examples/photo.jpg')
const DETAIL = { left: 690, top: 260, width: 210, height: 210 }
const SIDE = 420
const LABEL_HEIGHT = 44

async function detail(image: Uint8Array | string, label: string): Promise<Buffer> {
  const enlarged = await sharp(image).extract(DETAIL).resize(SIDE, SIDE, { kernel: 'cubic' }).toBuffer()
  const text = `<svg width="${SIDE}" height="${LABEL_HEIGHT}"><rect width="100%" height="100%" fill="#fff"/>
    <text x="12" y="29" font-family="sans-serif" font-size="22" fill="#222">${label}</text></svg>`
  return sharp({ create: { width: SIDE, height: SIDE + LABEL_HEIGHT, channels: 3, background: 'white' } })
    .composite([
      { input: enlarged, left: 0, top: 0 },
      { input: Buffer.from(text), left: 0, top: SIDE },
    ])
    .png()
    .toBuffer()
}

await using remover = await createRemover({ background: '#ff00aa' })
const details = [await detail(PHOTO, 'photo')]
for (const quality of ['fast', 'balanced', 'best'] as const) {
  const { image } = await remover.remove(PHOTO, { quality })
  details.push(await detail(await image.bytes(), `--quality ${quality}`))
}
const GAP = 12
await sharp({
  create: {
    width: details.length * (SIDE + GAP) - GAP,
    height: SIDE + LABEL_HEIGHT,
    channels: 3,
    background: 'white',
  },
})
  .composite(details.map((input, i) => ({ input, left: i * (SIDE + GAP), top: 0 })))
  .jpeg({ quality: 85, chromaSubsampling: '4:4:4' })
  .toFile(join(root, 'docs/images/qualities.jpg'))
