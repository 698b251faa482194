// Bodies that would take a parser or a schema long are refused before either sees them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkForm, checkJson } from './json-limits.ts'

const check = (text: string) => () => checkJson(Buffer.from(text), 'image')

describe('checkJson', () => {
  it('passes images of any length, and text up to a megabyte', () => {
    expect(check(`{"image":"${'A'.repeat(3e6)}","fileName":"a"}`)).not.toThrow()
    expect(check(`{"images":[{"image" : "${'A'.repeat(3e6)}"},{"image":"${'\\/'.repeat(1e6)}"}]}`)).not.toThrow()
    expect(check(`{"color":"${'A'.repeat(2 ** 20 - 20)}"}`)).not.toThrow()
    for (const text of [
      `{"color":"${'A'.repeat(2 ** 20)}"}`,
      `["image","${'A'.repeat(2 ** 20)}"]`,
      `{"image":1,"b":"${'A'.repeat(2 ** 20)}"}`,
      `{"image":{"url":"${'A'.repeat(2 ** 20)}"}}`,
      ' '.repeat(2 ** 20 + 2),
    ])
      expect(check(text), text.slice(0, 20)).toThrow('beside the images')
  })

  it('refuses what is nested deeply or has too many values', () => {
    expect(check('['.repeat(32) + ']'.repeat(32))).not.toThrow()
    expect(check('['.repeat(33))).toThrow('32 levels')
    expect(check('['.repeat(1e6))).toThrow('32 levels')
    expect(check(`[${'[],'.repeat(9_000)}1]`)).not.toThrow()
    expect(check(`{"keep":[${'0,'.repeat(20_000)}0]}`)).toThrow('20000 values')
    expect(check(`{${'"a":1,'.repeat(20_001)}"b":1}`)).toThrow('20000 values')
  })

  it('finds the end of every string as the parser does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.jsonValue({ maxDepth: 5 }), (text, value) => {
        expect(check(JSON.stringify({ [text]: value, image: text }))).not.toThrow()
        // Were a bracket in a string taken for one of the structure, this would be too deep.
        expect(check(JSON.stringify(Array(3).fill(`${text}${'['.repeat(40)}`)))).not.toThrow()
      }),
    )
  })

  it('answers any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => checkJson(bytes, 'image')).not.toThrow()
      }),
    )
  })
})

/** Bytes that `checkJson` looks at, its searches included. */
function steps(text: string): number {
  const bytes = Buffer.from(text)
  let count = 0
  const watched = new Proxy<Uint8Array>(bytes, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof key === 'string' && /^\d+$/.test(key)) count++
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const found: unknown = value.apply(target, args)
        if (key === 'indexOf') count += (Number(found) < 0 ? target.length : Number(found)) - Number(args[1])
        return found
      }
    },
  })
  try {
    checkJson(watched, 'image')
  } catch (error) {
    expect(error).toMatchObject({ code: 'REQUEST_INVALID' })
  }
  return count
}

describe('the steps of checkJson', () => {
  it('grow with the bytes, whatever they are', () => {
    const unit = fc
      .array(fc.constantFrom('"', '\\', '[', ']', '{', ',', ':', 'image', '"image":"', '\\"', 'a', ' '), {
        minLength: 1,
        maxLength: 6,
      })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(unit, unit, fc.nat(2_000), (first, second, times) => {
        const text = first.repeat(times) + second.repeat(2_000)
        // Each byte by the loop, by the search for a quote, and by the count of the slashes before one.
        expect(steps(text)).toBeLessThanOrEqual(4 * text.length + 10)
      }),
    )
  })
})

describe('checkForm', () => {
  it('counts the fields', () => {
    expect(() => checkForm(Buffer.from('a=1&'.repeat(999)))).not.toThrow()
    expect(() => checkForm(Buffer.from('a=1&'.repeat(1000)))).toThrow('1000 fields')
  })
})
