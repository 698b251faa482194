// The language of the page: the visitor's choice, else the browser's.

import { computed, signal } from '@preact/signals'
import { readPreference, writePreference } from '../state/preference.ts'
import { type Dictionary, en } from './en.ts'
import { zhCN } from './zh-CN.ts'

const LANGUAGES = { en, 'zh-CN': zhCN } as const satisfies Record<string, Dictionary>
export type Language = keyof typeof LANGUAGES

const isLanguage = (text: string | null): text is Language => text !== null && Object.hasOwn(LANGUAGES, text)

function preferred(): Language {
  const chosen = readPreference('language')
  if (isLanguage(chosen)) return chosen
  const first = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag))
  return first && /^zh/i.test(first) ? 'zh-CN' : 'en'
}

export const language = signal<Language>(preferred())
const words = computed<Dictionary>(() => LANGUAGES[language.value])

/** The words of the current language. Components that call it follow a switch. */
export const t = (): Dictionary => words.value

export function switchLanguage(): void {
  language.value = language.value === 'en' ? 'zh-CN' : 'en'
  writePreference('language', language.value)
}

const THIN_SPACE = ' '

export function percent(share: number, digits = 0): string {
  return `${number(share * 100, digits)}${THIN_SPACE}%`
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString(language.value, { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export function bytes(count: number): string {
  const [value, unit] = count < 1e6 ? [count / 1e3, 'kB'] : [count / 1e6, 'MB']
  return `${number(value, value < 10 ? 1 : 0)}${THIN_SPACE}${unit}`
}
