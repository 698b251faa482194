// A machine with the int8 graphs of the default network and without the network itself, as after `npm install koutu`.

import { KoutuError } from '@koutu/core'
import type { ModelStore } from '@koutu/node'
import { expect, it, vi } from 'vitest'
import type * as Stores from '../model-store.ts'
import { type BrowserPrecision, browserModels } from './browser-models.ts'

vi.mock('../model-store.ts', async (original) => {
  const { openModelStore } = await original<typeof Stores>()
  return {
    openModelStore(offline: boolean): ModelStore {
      const store = openModelStore(offline)
      return {
        ...store,
        prepared: async (manifest, preparation, ctx) =>
          store.prepared(
            manifest,
            async (facts) => {
              const wanted = typeof preparation === 'function' ? await preparation(facts) : preparation
              if (!('int8' in wanted.options)) throw new KoutuError('MODEL_MISSING')
              return wanted
            },
            ctx,
          ),
      }
    },
  }
})

async function precisionsOf(wanted: readonly BrowserPrecision[]): Promise<string[]> {
  const found: string[] = []
  for await (const { precision } of browserModels('isnet-general-use', wanted, {})) found.push(precision)
  return found
}

it('has graphs of int8 for pages', async () => {
  expect(await precisionsOf(['int8', 'fp32'])).toEqual(['int8', 'int8'])
})

it('and an error where floats alone are asked for', async () => {
  await expect(precisionsOf(['fp32'])).rejects.toMatchObject({ code: 'MODEL_MISSING' })
})
