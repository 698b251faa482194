// Misspelled names, and words that are no misspelling of anything.

import { describe, expect, it } from 'vitest'
import { closest } from './closest.ts'

const NAMES = ['format', 'feather', 'fill-holes', 'jobs', 'serve', 'keys']

describe('closest', () => {
  it.each([
    ['fromat', 'format'],
    ['FORMAT', 'format'],
    ['formats', 'format'],
    ['fether', 'feather'],
    ['fillholes', 'fill-holes'],
    ['serv', 'serve'],
    ['jbos', 'jobs'],
    ['photo', null],
    ['', null],
    ['x', null],
    ['formatformat', null],
  ])('%s is %s', (word, name) => {
    expect(closest(word, NAMES)).toBe(name)
  })
})
