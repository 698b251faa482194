// The words of generated tables in Chinese. Their English is in the sources (options, errors, models …), and each text that the
// documents show has its translation in zh-CN.json, by the English text itself: what changes there is missing here at once.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A text of a table in the language of the document. */
export type Words = (text: string) => string

export const english: Words = (text) => text

const FILE = join(import.meta.dirname, 'zh-CN.json')

export interface Chinese {
  readonly words: Words
  /** Of the texts asked for so far: those without a translation, and translations that nothing asked for. */
  problems(): string[]
}

export function readChinese(): Chinese {
  const groups = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Record<string, string>>
  const translations = new Map(Object.values(groups).flatMap((group) => Object.entries(group)))
  const asked = new Set<string>()
  return {
    words: (text) => {
      asked.add(text)
      return translations.get(text) ?? text
    },
    problems: () => [
      ...[...asked].filter((text) => !translations.has(text)).map((text) => `is missing: ${text}`),
      ...[...translations.keys()].filter((text) => !asked.has(text)).map((text) => `is of no use: ${text}`),
    ],
  }
}

/**
 * The texts of measured tables, which hold numbers: `#` stands for each of them, in the same order in both languages. Which texts
 * there are depends on what was measured, so that one without a translation stays English.
 */
export function readMeasuredWords(): Words {
  const translations = JSON.parse(readFileSync(join(import.meta.dirname, 'bench-zh-CN.json'), 'utf8')) as Record<
    string,
    string
  >
  return (text) => {
    const numbers = text.match(NUMBER) ?? []
    const translation = translations[text.replace(NUMBER, '#')]
    return translation?.replaceAll('#', () => numbers.shift()!) ?? text
  }
}

const NUMBER = /\d+(?:\.\d+)?/g
