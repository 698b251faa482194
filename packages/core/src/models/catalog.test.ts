// The catalog as data: complete, consistent, and free of invented facts; and what a wrong name is told.

import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { KoutuError } from '../errors/koutu-error.ts'
import { CATALOG, findModel } from './catalog.ts'
import { ModelManifest, sourceSpec } from './manifest.ts'

/** Issue 2 names these. */
const PROMISED = [
  'isnet-general-use',
  'isnet-anime',
  'u2net',
  'u2netp',
  'u2net_human_seg',
  'silueta',
  'birefnet-general',
  'birefnet-lite',
  'birefnet-portrait',
  'birefnet-matting',
  'ben2-base',
  'modnet',
  'rmbg-1.4',
  'rmbg-2.0',
]

const errorOf = (action: () => unknown): KoutuError => {
  try {
    action()
  } catch (error) {
    return error as KoutuError
  }
  throw new Error('expected an error')
}

describe('CATALOG', () => {
  it('is as the schema reads and completes it', () => {
    expect(z.array(ModelManifest).parse(CATALOG)).toEqual(CATALOG)
  })

  it('has every promised model, each id once, the default first', () => {
    const ids = CATALOG.map((model) => model.id)
    expect(ids).toEqual(expect.arrayContaining(PROMISED))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids[0]).toBe('isnet-general-use')
  })

  it('marks exactly the BRIA models as non-commercial, and says where their license is', () => {
    const refused = CATALOG.filter((model) => model.license.commercial === 'no')
    expect(refused.map((model) => model.id)).toEqual(['rmbg-1.4', 'rmbg-2.0'])
    for (const { license } of refused) expect(license.url).not.toBeNull()
  })

  it('calls nothing commercial whose weights have no stated license', () => {
    for (const { license } of CATALOG) {
      if (license.id === 'NOASSERTION') expect(license.commercial).toBe('unclear')
      expect(license.note).not.toBe('')
    }
  })

  it('names every file by https and lists no file twice', () => {
    const sources = CATALOG.flatMap((model) => model.sources)
    const addresses = sources.flatMap((source) => (source.type === 'url' ? [source.url, ...source.mirrors] : []))
    for (const address of addresses) expect(address).toMatch(/^https:\/\//)
    expect(new Set(addresses).size).toBe(addresses.length)
    // Two packs of one model may hold one file, or graphs made from it.
    const hashes = CATALOG.flatMap((model) => [...new Set(model.sources.map((source) => source.sha256))]).filter(
      (hash) => hash !== null,
    )
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('lets networks of fixed size take their square and the dynamic ones their multiple', () => {
    for (const { input } of CATALOG) {
      if (input.fit === 'stretch') expect(input.width).toBe(input.height)
      else expect(input.multiple).toBeGreaterThan(1)
    }
  })

  it('has four refiners, fed RGB and trimap in 0..1, whose names are no models that find subjects', () => {
    const refiners = CATALOG.filter(({ kind }) => kind === 'refiner')
    expect(refiners.map(({ sources: [source] }) => source!.sha256!.slice(0, 8))).toEqual([
      'd232841a',
      '659b9bb2',
      'd3019083',
      '87bb1097',
    ])
    for (const { id, input, output } of refiners) {
      expect({ input, output }).toMatchObject({ input: { width: 1024, mean: [0, 0, 0] }, output: { kind: 'prob' } })
      expect(findModel(id).id).toBe(id)
      expect(errorOf(() => findModel(id, 'segmenter')).code).toBe('MODEL_UNKNOWN')
    }
    expect(errorOf(() => findModel('vitmatte-smal-composition-1k', 'refiner')).data.near).toContain(
      'vitmatte-small-composition-1k',
    )
    expect(errorOf(() => findModel('u2net', 'refiner')).message).not.toContain('isnet')
  })

  it('feeds the packed IS-Net (v - 128) / 256 and never stretches it; the other export of the weights differs', () => {
    const model = findModel('isnet-general-use')
    const [pack, floats, url] = model.sources.map((source) => sourceSpec(model, source))
    expect(floats).toEqual(pack)
    for (const value of [0, 77, 128, 255]) {
      expect((value / 255 - pack!.input.mean[0]) / pack!.input.std[0]).toBeCloseTo((value - 128) / 256, 12)
    }
    expect(pack!.output).toEqual({ kind: 'prob', name: 'output' })
    expect(url).toMatchObject({ input: { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] }, output: { kind: 'minmax' } })
    expect(model.sources.map((source) => source.bytes)).toEqual([88188479, 88188479, 178648008])
  })
})

describe('findModel', () => {
  it('finds by id', () => {
    expect(findModel('u2net_human_seg').title).toBe('U2-Net people')
  })

  it.each([
    ['u2ntp', 'u2netp'],
    ['ISNET-GENERAL-USE', 'isnet-general-use'],
    ['birefnet-lit', 'birefnet-lite'],
    ['isnet', 'isnet-general-use'],
    ['rmbg2.0', 'rmbg-2.0'],
  ])('suggests for %s', (typed, meant) => {
    const error = errorOf(() => findModel(typed))
    expect(error.code).toBe('MODEL_UNKNOWN')
    expect(error.data.near).toContain(meant)
    expect(error.message).toContain(`'${meant}'`)
  })

  it('lists all names where none is near, and repeats no endless one', () => {
    const error = errorOf(() => findModel('x'.repeat(1e6)))
    expect(error.data.near).toEqual([])
    expect(error.message).toContain('modnet')
    expect(error.message.length).toBeLessThan(1000)
  })
})
