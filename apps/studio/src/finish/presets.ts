// Named presets, kept in the browser with the images behind the subject.

import { signal } from '@preact/signals'
import { createStore, get, set } from 'idb-keyval'
import { applyLook, currentLook } from './look.ts'
import type { Look } from './texts.ts'

export interface NamedPreset {
  readonly name: string
  readonly look: Look
}

const KEY = 'presets'
export const presets = signal<readonly NamedPreset[]>([])

let store: ReturnType<typeof createStore> | null = null
const open = () => {
  store ??= createStore('koutu-studio-presets', 'presets')
  return store
}

/** Storage may be forbidden: then they last as long as the page. */
async function keep(all: readonly NamedPreset[]): Promise<void> {
  presets.value = all
  try {
    await set(KEY, all, open())
  } catch {
    // They are shown nevertheless.
  }
}

export async function loadPresets(): Promise<void> {
  try {
    presets.value = (await get<readonly NamedPreset[]>(KEY, open())) ?? []
  } catch {
    // None are kept here.
  }
}

/** One of the same name is replaced. */
export async function savePreset(name: string): Promise<void> {
  const look = await currentLook('file')
  await keep([...presets.peek().filter((preset) => preset.name !== name), { name, look }])
}

export const usePreset = ({ look }: NamedPreset): Promise<void> => applyLook(look)

export const removePreset = (name: string): Promise<void> =>
  keep(presets.peek().filter((preset) => preset.name !== name))
