// The finishing options: one set for all images, without what is default anyway.

import { signal } from '@preact/signals'
import type { JobOptions } from '../api/jobs.ts'
import { readPreference, writePreference } from '../state/preference.ts'
import { backgroundImage } from './background-image.ts'

/** Those that the page has controls for, and their defaults. */
export const DEFAULTS = {
  background: { type: 'transparent' },
  crop: false,
  margin: { value: 0, unit: 'px' },
  canvas: undefined,
  scale: undefined,
  position: undefined,
  shadow: 'none',
  shadowOpacity: 0.5,
  format: 'png',
  lossyQuality: 90,
  edgeShift: 0,
  feather: 0,
  fillHoles: false,
} as const satisfies JobOptions

export type SettingName = keyof typeof DEFAULTS
export type Settings = Pick<JobOptions, SettingName>

/** Of the matte: they change the cutout itself, in the tab where it is fixed. */
const EDGE_NAMES: ReadonlySet<string> = new Set<SettingName>(['edgeShift', 'feather', 'fillHoles'])

const SAVED = 'settings'

function read(): Settings {
  try {
    return withoutDefaults(JSON.parse(readPreference(SAVED) ?? '{}') as Settings)
  } catch {
    return {}
  }
}

export const settings = signal<Settings>(read())

export const settingOf = <K extends SettingName>(name: K): NonNullable<Settings[K]> | (typeof DEFAULTS)[K] =>
  settings.value[name] ?? DEFAULTS[name]

export function change(changed: Settings): void {
  if (changed.background) backgroundImage.value = null
  replace({ ...settings.peek(), ...changed })
}

export function replace(all: Settings): void {
  settings.value = withoutDefaults(all)
  writePreference(SAVED, JSON.stringify(settings.value))
}

/** Known names only, so that a link from elsewhere brings nothing else along. */
export function withoutDefaults(all: Settings): Settings {
  const known = Object.entries(all).filter(
    ([name, value]) =>
      Object.hasOwn(DEFAULTS, name) &&
      value !== undefined &&
      JSON.stringify(value) !== JSON.stringify(DEFAULTS[name as SettingName]),
  )
  const kept = Object.fromEntries(known) as Settings
  // JPEG has no alpha.
  const isOpaque = backgroundImage.peek() !== null || kept.background?.type === 'blur' || isOpaqueColor(kept.background)
  if (kept.format === 'jpeg' && !isOpaque) delete (kept as { format?: unknown }).format
  return kept
}

function isOpaqueColor(background: Settings['background']): boolean {
  return background?.type === 'color' && !/^#[0-9a-f]{8}$/i.test(background.color)
}

export const mayBeJpeg = (): boolean => {
  const { background } = settings.value
  return backgroundImage.value !== null || background?.type === 'blur' || isOpaqueColor(background)
}

export const edgeSettings = (): Settings =>
  Object.fromEntries(Object.entries(settings.value).filter(([name]) => EDGE_NAMES.has(name)))

/** Whether the result has another frame than the image. */
export const isReframed = ({ crop, canvas, scale, position }: Settings): boolean =>
  crop === true || canvas !== undefined || scale !== undefined || position !== undefined
