// Renders the images of docs/models.md, each a row of panels: docs/images/qualities.jpg, the whiskers of examples/photo.jpg by each
// `--quality` of the default model, and docs/images/graphic.jpg, a drawn logo by the default model and by its colors.
// Run after a change of the matte: node tools/draw-choices.ts

import { join } from 'node:path'
import { createRemover, type Remover } from 'koutu'
import sharp, { type Sharp } from 'sharp'

const root = join(import.meta.dirname, '..')
const PHOTO = join(root, 'examples/photo.jpg')
const WHISKERS = { left: 690, top: 260, width: 210, height: 210 }
const SIDE = 420
const LABEL_HEIGHT = 44
const GAP = 12
const BACKGROUND = '#ff00aa'

/** A badge as shops have them: a ring, small letters, thin rays, on one flat color. */
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900" viewBox="0 0 900 900">
  <rect width="900" height="900" fill="#f3ecd8"/>
  <g stroke="#1f6f5c" stroke-width="6" stroke-linecap="round">${rays(24, 330, 400)}</g>
  <circle cx="450" cy="450" r="270" fill="none" stroke="#1f6f5c" stroke-width="34"/>
  <path d="M330 560 L330 400 Q330 330 390 330 Q450 330 450 400 Q450 330 510 330 Q570 330 570 400 L570 560 Z" fill="#d9562b"/>
  <circle cx="400" cy="430" r="20" fill="#f3ecd8"/><circle cx="500" cy="430" r="20" fill="#f3ecd8"/>
  <text x="450" y="640" font-family="sans-serif" font-weight="bold" font-size="54" fill="#1f6f5c" text-anchor="middle">FOX &amp; CO</text>
</svg>`

function rays(count: number, from: number, to: number): string {
  return Array.from({ length: count }, (_, i) => {
    const [x, y] = [Math.cos((i * 2 * Math.PI) / count), Math.sin((i * 2 * Math.PI) / count)]
    const at = (radius: number) => [450 + radius * x, 450 + radius * y].map((value) => value.toFixed(1)).join(' ')
    return `<path d="M${at(from)} L${at(to)}"/>`
  }).join('')
}

interface Panel {
  readonly image: Sharp
  readonly label: string
}

async function drawPanel({ image, label }: Panel): Promise<Buffer> {
  const enlarged = await image.resize(SIDE, SIDE, { kernel: 'cubic' }).toBuffer()
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

async function drawRow(panels: readonly Panel[], name: string): Promise<void> {
  const drawn = await Promise.all(panels.map(drawPanel))
  const size = { width: drawn.length * (SIDE + GAP) - GAP, height: SIDE + LABEL_HEIGHT }
  await sharp({ create: { ...size, channels: 3, background: 'white' } })
    .composite(drawn.map((input, i) => ({ input, left: i * (SIDE + GAP), top: 0 })))
    .jpeg({ quality: 85, chromaSubsampling: '4:4:4' })
    .toFile(join(root, 'docs/images', name))
}

async function drawQualities(remover: Remover): Promise<void> {
  const panels = [{ image: sharp(PHOTO).extract(WHISKERS), label: 'photo' }]
  for (const quality of ['fast', 'balanced', 'best'] as const) {
    const { image } = await remover.remove(PHOTO, { quality })
    panels.push({ image: sharp(await image.bytes()).extract(WHISKERS), label: `--quality ${quality}` })
  }
  await drawRow(panels, 'qualities.jpg')
}

async function drawGraphic(remover: Remover): Promise<void> {
  const logo = await sharp(Buffer.from(LOGO)).png().toBuffer()
  const byNetwork = await remover.remove(logo, { subject: 'photo' })
  const asGraphic = await remover.remove(logo, { subject: 'graphic' })
  await drawRow(
    [
      { image: sharp(logo), label: 'logo' },
      { image: sharp(await byNetwork.image.bytes()), label: '--subject photo' },
      { image: sharp(await asGraphic.image.bytes()), label: '--subject graphic' },
    ],
    'graphic.jpg',
  )
}

await using remover = await createRemover({ background: BACKGROUND })
await drawQualities(remover)
await drawGraphic(remover)
