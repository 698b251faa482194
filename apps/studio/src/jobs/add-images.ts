// Images come in: files, folders, what was pasted or dropped, URLs. They appear at once and are sent in their order.

import { batch } from '@preact/signals'
import { t } from '../i18n/index.ts'
import { announce } from '../state/announce.ts'
import { createItem, type Item, type ItemRecord, items, select, selected } from '../state/items.ts'
import { dropSource, loadItems, saveList, saveSource } from '../state/store.ts'
import { where } from '../state/where.ts'
import { forgetOnDevice } from './on-device.ts'
import { cancelItem, cancelJob, runItem } from './run-item.ts'
import { thumbnailOf } from './thumbnails.ts'

const CHUNK = 4
const IMAGE_NAME = /\.(jpe?g|png|webp|avif|heic|heif|tiff?|gif|bmp|ico|tga|p[bgpn]m|pam)$/i

/** What the server may take. Browsers name no type for some formats. */
const isImage = ({ type, name }: File): boolean => type.startsWith('image/') || IMAGE_NAME.test(name)

export function addFiles(files: readonly File[]): void {
  const images = files.filter(isImage)
  void add(images.map((file) => () => createItem(recordFor(file.name || 'image.png', null), file)))
  const others = files.length - images.length
  if (others > 0) announce(t().strip.unsupported(others))
}

export function addUrl(url: string): void {
  const name = decodeURIComponent(URL.parse(url)?.pathname.split('/').at(-1) ?? '') || 'image'
  void add([() => createItem(recordFor(name, url), null)])
}

const recordFor = (name: string, url: string | null): ItemRecord => ({
  id: randomId(),
  name,
  url,
  // What the page may not read itself, the server fetches.
  where: url ? 'server' : where.peek(),
  jobId: null,
  attempt: 0,
  strokes: [],
})

/** `crypto.randomUUID` is missing where the page comes by plain HTTP from another machine. */
const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** A few in each task, so that hundreds at once leave the page responsive. */
async function add(makers: readonly (() => Item)[]): Promise<void> {
  if (makers.length === 0) return
  announce(t().live.added(makers.length))
  for (let i = 0; i < makers.length; i += CHUNK) {
    await new Promise((resolve) => setTimeout(resolve))
    const chunk = makers.slice(i, i + CHUNK).map((make) => make())
    const isFirst = items.peek().length === 0
    batch(() => {
      items.value = [...items.value, ...chunk]
      if (isFirst) select(chunk[0]!)
    })
    for (const item of chunk) start(item)
  }
  saveList()
}

function start(item: Item): void {
  void thumbnailOf(item)
  void saveSource(item)
  void runItem(item)
}

export async function restoreItems(): Promise<void> {
  const restored = await loadItems()
  if (restored.length === 0) return
  items.value = [...restored, ...items.value]
  for (const item of restored) {
    void thumbnailOf(item)
    if (item.status.peek() === 'canceled') cancelJob(item)
    else void runItem(item)
  }
}

export function removeItem(item: Item): void {
  const at = items.peek().indexOf(item)
  const neighbor = items.peek()[at + 1] ?? items.peek()[at - 1]
  cancelItem(item)
  forgetOnDevice(item)
  batch(() => {
    if (selected.peek() === item && neighbor) select(neighbor)
    items.value = items.value.filter((other) => other !== item)
  })
  saveList()
  void dropSource(item.id)
  announce(t().card.removed(item.name))
}
