// What outlives a reload: the list of images and their files, in IndexedDB. Where there is none, the page works without.

import { createStore, del, entries, get, set } from 'idb-keyval'
import { createItem, type Item, type ItemRecord, items, recordOf } from './items.ts'
import { keepTriesOf } from './tries.ts'

const LIST = 'list'
const sourceKey = (id: string): string => `source:${id}`

let store: ReturnType<typeof createStore> | null = null

const open = () => {
  store ??= createStore('koutu-studio', 'items')
  return store
}

/** Storage may be full or forbidden: then a reload forgets. */
const quietly = <T>(work: () => Promise<T>): Promise<T | undefined> =>
  Promise.resolve()
    .then(work)
    .catch(() => undefined)

export async function loadItems(): Promise<readonly Item[]> {
  const records = (await quietly(() => get<readonly ItemRecord[]>(LIST, open()))) ?? []
  const stored = new Map((await quietly(() => entries<string, Blob>(open()))) ?? [])
  const known = new Set(records.map(({ id }) => sourceKey(id)))
  keepTriesOf(new Set(records.map(({ id }) => id)))
  for (const key of stored.keys()) if (key !== LIST && !known.has(key)) void quietly(() => del(key, open()))
  return records.map((record) => createItem(record, stored.get(sourceKey(record.id)) ?? null))
}

export const saveSource = (item: Item): Promise<unknown> =>
  item.source ? quietly(() => set(sourceKey(item.id), item.source, open())) : Promise.resolve()

export const dropSource = (id: string): Promise<unknown> => quietly(() => del(sourceKey(id), open()))

let timer: ReturnType<typeof setTimeout> | undefined
const SAVE_AFTER_MS = 100

/** Many changes at once are one write. */
export function saveList(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void quietly(() => set(LIST, items.peek().map(recordOf), open())), SAVE_AFTER_MS)
}
