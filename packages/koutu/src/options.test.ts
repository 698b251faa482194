// Options of the library in the text forms of the command.

import { expect, it } from 'vitest'
import { type Options, resolveOptions } from './options.ts'

const typed: Options = {
  background: { type: 'color', color: 'white' },
  margin: [
    { value: 5, unit: '%' },
    { value: 10, unit: 'px' },
  ],
  roi: { left: 10, top: 10, width: 50, height: 50, unit: '%' },
  keep: { type: 'strokes', unit: 'px', strokes: [{ points: [[10, 20]], radius: 5 }] },
  position: 'center',
  scale: 80,
  format: 'jpeg',
  maxBytes: 10e6,
  crop: true,
  model: 'isnet-general-use',
}
const asTexts: Options = {
  background: 'white',
  margin: '5% 10px',
  roi: '10%,10%,50%,50%',
  keep: '10,20@5',
  position: 'center',
  scale: '80%',
  format: 'jpg',
  maxBytes: '10MB',
  crop: 'true',
  model: 'isnet-general-use',
}

it('are the typed ones', () => {
  expect(resolveOptions(asTexts)).toEqual(resolveOptions(typed))
  // A complete set is left as it is: the server gives those.
  const resolved = resolveOptions(typed)
  expect(resolveOptions(resolved)).toEqual(resolved)
})

it.each([
  [{ margin: 'wide' }, 'margin: Expected a number'],
  [{ whatever: 'x' }, 'whatever'],
  [{ maxBytes: '10 cats' }, 'maxBytes: Expected a number'],
  ['jpg', 'Expected an object'],
])('are refused with their names: %o', (options, message) => {
  const refused = expect.objectContaining({ code: 'INVALID_OPTIONS', message: expect.stringContaining(message) })
  expect(() => resolveOptions(options as Options)).toThrow(refused)
})
