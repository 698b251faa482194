import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatColor, parseColor } from './color.ts'

const byte = fc.nat(255)

describe('parseColor', () => {
  it('reads rgb() as the hex digits of the same color, in every way of CSS to write it', () => {
    fc.assert(
      fc.property(byte, byte, byte, byte, (r, g, b, a) => {
        const expected = parseColor(formatColor({ r, g, b, a }))
        expect(expected).toEqual({ r, g, b, a })
        const alpha = a / 255
        for (const text of [
          `rgb(${r},${g},${b},${alpha})`,
          `rgba( ${r} , ${g} , ${b} , ${alpha * 100}% )`,
          `RGB(${r} ${g} ${b} / ${alpha})`,
          `rgb(${(r / 255) * 100}% ${(g / 255) * 100}% ${(b / 255) * 100}%/${alpha * 100}%)`,
        ])
          expect(parseColor(text), text).toEqual(expected)
        expect(parseColor(`rgb(${r} ${g} ${b})`)).toEqual({ r, g, b, a: 255 })
      }),
    )
  })

  it.each([
    ['hsl(0 100% 50%)', '#ff0000'],
    ['hsl(120deg, 100%, 25%)', '#008000'],
    ['hsl(0.5turn 100% 50% / 50%)', '#00ffff80'],
    ['hsla(-120, 100%, 50%, 1)', '#0000ff'],
    ['hsl(39 100% 50%)', '#ffa600'],
    ['hsl(200grad 0% 60%)', '#999999'],
    ['rgb(300 -5 0)', '#ff0000'],
  ])('reads %s as %s', (text, hex) => {
    expect(parseColor(text)).toEqual(parseColor(hex))
  })

  it.each([
    'rgb()',
    'rgb(1,2)',
    'rgb(1 2 3 4)',
    'rgb(1,2,3 / 1)',
    'rgb(1%,2,3)',
    'rgb(1 2 3 / 1 / 1)',
    'rgb(1,2,x)',
    'hsl(1,2,)',
    'hsl(red 1% 1%)',
    'rgb(1deg 2 3)',
    'lab(1 2 3)',
    'rgb(1 2 3',
    'rgb((1 2 3))',
  ])('reads no color in %j', (text) => {
    expect(parseColor(text)).toBeNull()
  })
})
