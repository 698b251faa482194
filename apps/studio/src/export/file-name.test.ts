import { expect, it } from 'vitest'
import { downloadName, uniqueNames } from './file-name.ts'

it('keeps the name and takes the ending of the result', () => {
  expect(downloadName('photo.jpg', 'image/png')).toBe('photo.png')
  expect(downloadName('a.b.HEIC', 'image/webp')).toBe('a.b.webp')
  expect(downloadName('照片', 'image/jpeg')).toBe('照片.jpg')
  expect(downloadName('.png', 'image/png')).toBe('image.png')
})

it('gives each name once, whatever its case', () => {
  const unique = uniqueNames()
  expect(['a.png', 'A.png', 'a.png', 'b.png'].map(unique)).toEqual(['a.png', 'A-2.png', 'a-3.png', 'b.png'])
})
