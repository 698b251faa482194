import { FORMAT_FILES } from '@koutu/core'
import { expect, it } from 'vitest'
import { resultName } from './file-name.ts'

it.each(Object.entries(FORMAT_FILES))('a result in %s has the ending of its format', (_, { extension, mimeType }) => {
  expect(resultName('photo.heic', mimeType)).toBe(`photo.${extension}`)
})
