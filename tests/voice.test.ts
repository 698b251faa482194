// The words of texts that users read, against the glossary in AGENTS.md.

import { CATALOG, describeOptions, ERRORS } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { COMMANDS, CUTOUT } from '../packages/koutu/src/cli/commands.ts'
import { Options } from '../packages/koutu/src/options.ts'

const BANNED =
  /\b(?:cut-outs?|licen[c]es?|colou\w+|gr[e]y\w*|behaviou\w+|catalogues?|cancell(?:ed|ing)|(?:minim|optim|normal|initial|recogn|organ|summar|custom|author|serial|visual)is(?:e[ds]?|ing|ation))\b/i
const BANNED_IN_HELP = /\bpictures?\b/i

const offenders = (texts: readonly string[]) => texts.filter((text) => BANNED.test(text) || BANNED_IN_HELP.test(text))

describe('the voice', () => {
  it('is told from what is not', () => {
    expect(offenders(['A grey picture.', 'One cut-out', 'The licence', 'cancelled', 'normalised'])).toHaveLength(5)
    expect(offenders(['A gray image.', 'One cutout', 'The license', 'canceled', 'normalized'])).toEqual([])
  })

  it('holds in the help of image and run options', () => {
    const shown = [...describeOptions(Options), ...describeOptions(CUTOUT.options)]
    const texts = shown.flatMap(({ info, help }) => [info.title, info.help, help])
    expect(texts.length).toBeGreaterThan(100)
    expect(offenders(texts)).toEqual([])
  })

  it('holds in the titles of errors', () => {
    expect(offenders(Object.values(ERRORS).map(({ title }) => title))).toEqual([])
  })

  it('holds in what models say of themselves', () => {
    expect(offenders(CATALOG.flatMap(({ title, about, license }) => [title, about, license.note ?? '']))).toEqual([])
  })

  it('spells as Americans do in the help of all commands', () => {
    expect(COMMANDS.length).toBeGreaterThan(5)
    const texts = COMMANDS.flatMap(({ options }) => describeOptions(options).map(({ help }) => help))
    expect(texts.filter((text) => BANNED.test(text))).toEqual([])
  })
})
