// Which images a folder offers, and which manifests are refused. Files are empty: nothing here opens an image.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isKoutuError } from '@koutu/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readDataset, UNSORTED } from './dataset.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-dataset-'))
})
afterEach(() => rm(folder, { recursive: true }))

const touch = (...names: string[]) => Promise.all(names.map((name) => writeFile(join(folder, name), '')))
const manifest = (value: unknown) =>
  writeFile(join(folder, 'manifest.json'), typeof value === 'string' ? value : JSON.stringify(value))
const codeOf = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return isKoutuError(error) ? error.code : error
}

describe('with a manifest', () => {
  it('keeps its order and labels, and ignores what it does not know', async () => {
    await manifest({
      count: 2,
      items: [
        { id: 'b', image: 'b.png', alpha: 'truth/b.png', kind: 'plant', tier: 'A', licence: 'none' },
        { id: 'a', image: 'a.jpg', alpha: 'a.alpha.png' },
      ],
    })
    await touch('stray.jpg', 'stray.alpha.png')
    expect(await readDataset(folder)).toEqual([
      { id: 'b', imagePath: join(folder, 'b.png'), alphaPath: join(folder, 'truth/b.png'), kind: 'plant', tier: 'A' },
      {
        id: 'a',
        imagePath: join(folder, 'a.jpg'),
        alphaPath: join(folder, 'a.alpha.png'),
        kind: UNSORTED,
        tier: UNSORTED,
      },
    ])
  })

  const item = { id: 'a', image: 'a.jpg', alpha: 'a.alpha.png' }
  const refused: [string, unknown][] = [
    ['text that is not JSON', '{'],
    ['a list', []],
    ['no items', { items: [] }],
    ['an item without truth', { items: [{ id: 'a', image: 'a.jpg' }] }],
    ['an absolute path', { items: [{ ...item, image: '/etc/passwd' }] }],
    ['a path out of the folder', { items: [{ ...item, alpha: 'x/../../secret.png' }] }],
    ['an id given twice', { items: [item, item] }],
    ['an empty id', { items: [{ ...item, id: '' }] }],
  ]
  for (const [name, value] of refused) {
    it(`refuses ${name}`, async () => {
      await manifest(value)
      expect(await codeOf(readDataset(folder))).toBe('INPUT_UNREADABLE')
    })
  }

  it('allows a path that goes up and stays inside', async () => {
    await manifest({ items: [{ ...item, image: 'x/../a.jpg' }] })
    expect((await readDataset(folder))[0]?.imagePath).toBe(join(folder, 'a.jpg'))
  })
})

describe('without a manifest', () => {
  it('finds pairs by name, sorted, and leaves the rest', async () => {
    await touch('z.png', 'z.alpha.png', 'b.JPG', 'b.alpha.png', 'c.jpeg', 'c.alpha.png', 'alone.jpg', 'x.alpha.png')
    expect((await readDataset(folder)).map(({ id }) => id)).toEqual(['b', 'c', 'z'])
  })

  it('takes one image per truth when two have its name', async () => {
    await touch('a.jpg', 'a.png', 'a.alpha.png')
    expect((await readDataset(folder)).map(({ imagePath }) => imagePath)).toEqual([join(folder, 'a.jpg')])
  })

  it('says so when there is nothing to score', async () => {
    await touch('alone.jpg')
    expect(await codeOf(readDataset(folder))).toBe('INPUT_NOT_FOUND')
    expect(await codeOf(readDataset(join(folder, 'missing')))).toBe('INPUT_NOT_FOUND')
    await mkdir(join(folder, 'empty'))
    expect(await codeOf(readDataset(join(folder, 'empty')))).toBe('INPUT_NOT_FOUND')
  })
})
