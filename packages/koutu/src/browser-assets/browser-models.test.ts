import { readPlan } from '@koutu/browser/assets'
import { expect, it } from 'vitest'
import { type BrowserModel, browserModels } from './browser-models.ts'

it("the default network has plans for koutu's own engine, in both sizes", async () => {
  const models: BrowserModel[] = []
  for await (const model of browserModels('isnet-general-use', ['int8'], {})) models.push(model)
  expect(models.map(({ isFast }) => isFast)).toEqual([false, true])
  for (const { plan, input } of models) {
    const { tensors, arenaBytes } = readPlan(plan!).plan
    expect(tensors[0]).toMatchObject({ width: input.width, height: input.height })
    // All values of the largest one at once would take ten times as much.
    expect(arenaBytes).toBeLessThan(52e6)
  }
})
