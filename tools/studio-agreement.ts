// `npm run studio:agreement [COUNT]`: how far the alpha that a page finds is from the library's in Node, in the same precision,
// over images with ground truth (`KOUTU_DATA`). Slow: both run the default network on each.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRemover } from 'koutu'
import { openPage, startChromium } from '../tests-all/browser/chromium.ts'
import { writeAssets, writePage } from '../tests-all/browser/kit.ts'
import { ISOLATION, openSite } from '../tests-all/browser/site.ts'

const DATA = resolve(process.env.KOUTU_DATA ?? join(import.meta.dirname, '../../shared/data'))
const COUNT = Number(process.argv[2] ?? 12)

const folder = await mkdtemp(join(tmpdir(), 'koutu-agreement-'))
const browser = await startChromium()
try {
  await writePage(join(folder, 'page'))
  await writeAssets(join(folder, 'assets'), ['--model', 'isnet-general-use', '--precision', 'int8'])
  await using site = await openSite({
    folders: { '/': join(folder, 'page'), '/koutu/': join(folder, 'assets'), '/images/': DATA },
    headers: ISOLATION,
  })
  const { page } = await openPage(browser, site.origin)
  await using remover = await createRemover({ precision: 'int8' })
  const names = (await readdir(DATA)).filter((name) => /\.(jpe?g|png)$/.test(name) && !/\.alpha\./.test(name)).sort()
  const differences: number[] = []
  // Evenly over all of them: neighbors come from one source.
  for (let i = 0; i < COUNT; i++) {
    const name = names[Math.floor((i * names.length) / COUNT)]!
    const found = await page.evaluate(async (url) => {
      const { alpha } = await koutu.removeBackground(url, { precision: 'int8' })
      return (new Uint8Array(alpha.data.buffer as ArrayBuffer) as unknown as { toBase64(): string }).toBase64()
    }, `images/${name}`)
    const bytes = Buffer.from(found, 'base64')
    const inPage = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    const inNode = (await remover.remove(join(DATA, name))).alpha.data
    if (inPage.length !== inNode.length) throw new Error(`${name}: sizes differ`)
    let sum = 0
    for (let k = 0; k < inNode.length; k++) sum += Math.abs(inNode[k]! - inPage[k]!)
    differences.push(sum / inNode.length)
    console.log(`${name}: ${differences.at(-1)!.toFixed(5)}`)
  }
  const sorted = differences.toSorted((a, b) => a - b)
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  console.log(
    `${sorted.length} images: mean ${mean.toFixed(5)}, median ${sorted[sorted.length >> 1]!.toFixed(5)}, worst ${sorted.at(-1)!.toFixed(5)}`,
  )
} finally {
  await browser.close()
  await rm(folder, { recursive: true, force: true })
}
