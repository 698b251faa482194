import { FORMAT_FILES } from '@koutu/core'
import { expect, it } from 'vitest'
import { cleanFileName, contentDisposition, resultName } from './file-name.ts'

it.each(Object.entries(FORMAT_FILES))('a result in %s has the ending of its format', (_, { extension, mimeType }) => {
  expect(resultName('photo.heic', mimeType)).toBe(`photo.${extension}`)
})

it('a result can be saved under its name on every disk, however long the name of the image was', () => {
  const name = resultName(cleanFileName(`${'\u{1f600}'.repeat(400)}.jpg`), 'image/png')
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
  expect(name.endsWith('.png')).toBe(true)
  expect(() => contentDisposition(name)).not.toThrow()
})
