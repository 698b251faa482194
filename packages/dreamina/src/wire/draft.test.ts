// The draft against the documented shape.

import { expect, it } from 'vitest'
import { createCutoutDraft } from './draft.ts'

function draft() {
  let count = 0
  return createCutoutDraft('tos-cn-i-tb4s082cfz/abc', { uuid: () => `id-${++count}`, nowMs: () => 1789742348000 })
}

it('has the shape of the documented cutout', () => {
  expect(draft()).toMatchObject({
    type: 'draft',
    min_version: '3.3.8',
    version: '3.3.8',
    is_from_tsn: true,
    component_list: [
      {
        type: 'image_base_component',
        min_version: '3.3.8',
        aigc_mode: 'workbench',
        generate_type: 'cutout',
        metadata: { created_platform: 3, created_time_in_ms: 1789742348000 },
        abilities: {
          type: '',
          cutout: {
            type: '',
            init_image: {
              type: 'image',
              source_from: 'upload',
              platform_type: 1,
              image_uri: 'tos-cn-i-tb4s082cfz/abc',
              uri: 'tos-cn-i-tb4s082cfz/abc',
            },
            history_option: { type: '' },
          },
        },
      },
    ],
  })
})

it('names its component and gives every node an id of its own', () => {
  const made = draft()
  expect(made.main_component_id).toBe(made.component_list[0]!.id)
  const ids = JSON.stringify(made).match(/"id":"id-\d+"/g)!
  // Draft, component, metadata, abilities, cutout, image, history option.
  expect(ids).toHaveLength(7)
  expect(new Set(ids).size).toBe(7)
})
