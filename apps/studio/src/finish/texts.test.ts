import { decodeTexts, describeOptions, Options, resolveOptions } from '@koutu/core/options'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JobOptions } from '../api/jobs.ts'
import { commandOf, linkOf, lookOfLink, presetText, readPreset, requestOf } from './texts.ts'

const percent = fc.integer({ min: 0, max: 100 })
const hex = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`)
const all = fc.record(
  {
    background: fc.oneof(
      hex.map((color) => ({ type: 'color' as const, color })),
      fc.constant({ type: 'blur' as const }),
    ),
    crop: fc.constant(true),
    margin: fc.record({ value: fc.integer({ min: 1, max: 100 }), unit: fc.constantFrom('px' as const, '%' as const) }),
    canvas: fc.oneof(
      fc.record({
        width: fc.integer({ min: 1, max: 5 }),
        height: fc.integer({ min: 1, max: 5 }),
        unit: fc.constant('ratio' as const),
      }),
      fc.record({
        width: fc.integer({ min: 1, max: 9999 }),
        height: fc.integer({ min: 1, max: 9999 }),
        unit: fc.constant('px' as const),
      }),
    ),
    scale: fc.integer({ min: 10, max: 100 }),
    position: fc.record({ x: percent, y: percent }),
    shadow: fc.constantFrom('drop' as const, 'keep' as const),
    format: fc.constantFrom('webp' as const, 'avif' as const),
    lossyQuality: fc.integer({ min: 1, max: 89 }),
    edgeShift: fc.integer({ min: 1, max: 50 }),
  },
  { requiredKeys: [] },
)
const behind = fc.oneof(
  fc.constant(null),
  fc.tuple(hex, hex).map((gradient) => ({ gradient })),
  fc.uint8Array({ minLength: 1 }).map((bytes) => ({
    name: '背景.webp',
    image: `data:image/webp;base64,${btoa(String.fromCharCode(...bytes))}`,
  })),
)
const strokes = fc.array(
  fc.record(
    {
      points: fc.array(fc.tuple(percent, percent), { minLength: 1, maxLength: 4 }),
      radius: fc.integer({ min: 1, max: 20 }),
      within: fc.tuple(percent, percent, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 })),
    },
    { requiredKeys: ['points', 'radius'] },
  ),
  { minLength: 1, maxLength: 3 },
)

/** Words of a shell line, without its quotes. */
const words = (line: string): string[] =>
  [...line.matchAll(/(?:'(?:[^']|'\\'')*'|[^\s'])+/g)].map(([word]) =>
    word.replaceAll("'\\''", '\0').replaceAll("'", '').replaceAll('\0', "'"),
  )
const decoded = (texts: Record<string, string>) =>
  resolveOptions(decodeTexts(describeOptions(Options), texts) as Options)

describe('settings as text', () => {
  it('a link and a preset bring back what was written', () => {
    fc.assert(
      fc.property(all, behind, (options, behind) => {
        const look = { options, behind }
        expect(lookOfLink(new URL(linkOf(look, 'http://localhost:8787/')).hash)).toEqual(look)
        expect(readPreset(presetText(look))).toEqual(look)
      }),
    )
  })

  it('a broken or foreign link brings nothing, and unknown options stay out', () => {
    for (const hash of ['', '#x', '#settings=', '#settings=%%%', '#settings=bnVsbA'])
      expect(lookOfLink(hash)).toBeNull()
    const foreign = { crop: true, model: '/etc/passwd', behind: { name: 'x', image: 'https://example.com/x.png' } }
    expect(lookOfLink(`#settings=${btoa(JSON.stringify(foreign))}`)).toEqual({ options: { crop: true }, behind: null })
    expect(() => readPreset('{"specVersion":2,"options":{}}')).toThrow()
  })

  it('the command and the request carry the same options', () => {
    fc.assert(
      fc.property(all, strokes, (settings, keep) => {
        const roi = { left: 5, top: 12.5, width: 50, height: 60, unit: '%' as const }
        const options: JobOptions = { ...settings, roi, keep: { type: 'strokes', unit: '%', strokes: keep } }
        const expected = resolveOptions(options as Options)
        const command = words(commandOf(options, 'my photo.jpg'))
        expect(command.slice(0, 3)).toEqual(['koutu', 'my photo.jpg', '-o'])
        const texts: Record<string, string> = {}
        for (let i = 4; i < command.length; i++) {
          const key = command[i]!.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
          const next = command[i + 1]
          if (next === undefined || next.startsWith('--')) texts[key] = 'true'
          else texts[key] = command[++i]!
        }
        const fields = words(requestOf(options, 'a.jpg', 'http://localhost/')).filter((word) =>
          /^(?!image)\w+=/.test(word),
        )
        const form = Object.fromEntries(fields.map((field) => field.split(/=(.*)/s).slice(0, 2)))
        expect(decoded(form)).toEqual(expected)
        expect(decoded({ ...texts, ...(options.format ? { format: options.format } : {}) })).toEqual(expected)
      }),
    )
  })
})
