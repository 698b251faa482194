// Results leave the page: as a file, as a zip, to the clipboard.

import { downloadZip } from 'client-zip'
import { allOptions, versionOf } from '../jobs/versions.ts'
import type { Item } from '../state/items.ts'
import { downloadName, uniqueNames } from './file-name.ts'

async function fileOf(item: Item): Promise<File> {
  const { file: blob } = await versionOf(item, allOptions(item), new AbortController().signal)
  return new File([blob], downloadName(item.name, blob.type), { type: blob.type })
}

export async function downloadItem(item: Item): Promise<void> {
  const file = await fileOf(item)
  save(file, file.name)
}

/** One file after the other, so that none is held but the zip. */
export async function downloadAll(items: readonly Item[], onFile: (done: number) => void): Promise<void> {
  const unique = uniqueNames()
  let done = 0
  async function* files() {
    for (const item of items) {
      const file = await fileOf(item)
      yield { name: unique(file.name), input: file }
      onFile(++done)
    }
  }
  save(await downloadZip(files()).blob(), 'koutu.zip')
}

/** Clipboards take PNG alone. */
export async function copyItem(item: Item): Promise<void> {
  const png = async () => {
    const file = await fileOf(item)
    return file.type === 'image/png' ? file : asPng(file)
  }
  // A promise, because Safari wants the item within the click.
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': png() })])
}

async function asPng(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file)
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0)
  bitmap.close()
  return canvas.convertToBlob()
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
