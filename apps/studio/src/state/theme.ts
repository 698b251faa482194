// Light or dark: the visitor's choice, else the system's.

import { effect, signal } from '@preact/signals'
import { readPreference, writePreference } from './preference.ts'

const dark = matchMedia('(prefers-color-scheme: dark)')
const chosen = signal(readPreference('theme'))
const system = signal(dark.matches ? 'dark' : 'light')
dark.addEventListener('change', () => {
  system.value = dark.matches ? 'dark' : 'light'
})

export const isDark = (): boolean => (chosen.value ?? system.value) === 'dark'

export function switchTheme(): void {
  chosen.value = isDark() ? 'light' : 'dark'
  writePreference('theme', chosen.value)
}

effect(() => {
  if (chosen.value) document.documentElement.dataset.theme = chosen.value
})
