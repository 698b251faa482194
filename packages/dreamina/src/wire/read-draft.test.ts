// Drafts as clients write them, and bent ones.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCutoutDraft } from './draft.ts'
import { readCutoutDraft } from './read-draft.ts'

const URI = 'tos-cn-i-tb4s082cfz/0123456789abcdef0123456789abcdef'
const draft = (component: object, more: object = {}) => JSON.stringify({ component_list: [component], ...more })
const cutout = (image: object) => ({ generate_type: 'cutout', abilities: { cutout: { init_image: image } } })

describe('reading a draft', () => {
  it("finds the image of our own client's", () => {
    let count = 0
    const made = createCutoutDraft(URI, { uuid: () => `id-${++count}`, nowMs: () => 1 })
    expect(readCutoutDraft(JSON.stringify(made))).toEqual({ type: 'cutout', imageUri: URI })
  })

  it.each([
    ['image_uri alone', cutout({ image_uri: URI })],
    ['uri alone', cutout({ uri: URI })],
    ['image_uri first', cutout({ image_uri: URI, uri: 'other' })],
    ['an empty image_uri', cutout({ image_uri: '', uri: URI })],
    ['no generate_type', { abilities: { type: '', id: 'x', cutout: { init_image: { uri: URI } } } }],
    [
      'unknown keys and numbers as text',
      { ...cutout({ uri: URI }), gen_type: '13', metadata: { created_time_in_ms: '1' } },
    ],
  ])('with %s', (_, component) => {
    expect(readCutoutDraft(draft(component))).toEqual({ type: 'cutout', imageUri: URI })
  })

  it('takes the main component of several', () => {
    const list = [
      { id: 'a', generate_type: 'blend' },
      { id: 'b', ...cutout({ uri: URI }) },
    ]
    const text = (mainId: string) => JSON.stringify({ main_component_id: mainId, component_list: list })
    expect(readCutoutDraft(text('b'))).toEqual({ type: 'cutout', imageUri: URI })
    expect(readCutoutDraft(text('a'))).toEqual({ type: 'other-tool', generateType: 'blend' })
    expect(readCutoutDraft(text('c'))).toEqual({ type: 'other-tool', generateType: 'blend' })
  })

  it.each([
    ['an object', { component_list: [] }, 'unreadable'],
    ['nothing', undefined, 'unreadable'],
    ['no JSON', '{', 'unreadable'],
    ['a list', '[]', 'unreadable'],
    ['no component', '{}', 'unreadable'],
    ['components that are none', '{"component_list":[null,1,"x"]}', 'unreadable'],
    ['no ability', draft({ generate_type: 'cutout' }), 'unreadable'],
    ['another tool', draft({ generate_type: 'generate', abilities: { generate: {} } }), 'other-tool'],
    ['a wrong name', draft({ ...cutout({ uri: URI }), generate_type: 'Cutout' }), 'other-tool'],
    ['no image', draft(cutout({})), 'no-picture'],
    ['an image that is no text', draft(cutout({ uri: 1 })), 'no-picture'],
    ['no init_image', draft({ generate_type: 'cutout', abilities: { cutout: {} } }), 'no-picture'],
  ])('says what is wrong with %s', (_, content, type) => {
    expect(readCutoutDraft(content).type).toBe(type)
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readCutoutDraft(JSON.stringify(value))
        readCutoutDraft(JSON.stringify({ component_list: value }))
        readCutoutDraft(JSON.stringify({ component_list: [{ generate_type: 'cutout', abilities: value }] }))
        readCutoutDraft(value)
      }),
    )
  })
})
