import { CATALOG, KoutuError } from '@koutu/core'
import { expect, it } from 'vitest'
import { createModels } from './models.ts'

const [{ id: first }, { id: second }] = CATALOG as [(typeof CATALOG)[0], (typeof CATALOG)[0]]

function setUp(fails: readonly string[] = []) {
  const pulled: string[] = []
  const errors: object[] = []
  let nowMs = 0
  const models = createModels({
    async pull({ id }) {
      pulled.push(id)
      if (fails.includes(id)) throw new KoutuError('MODEL_DOWNLOAD_FAILED')
    },
    logger: { info() {}, warn() {}, error: (fields) => void errors.push(fields) },
    nowMs: () => nowMs,
    look: async () =>
      CATALOG.map(({ id }) => ({
        id,
        about: '',
        license: { id: 'MIT', commercial: 'yes' },
        isHere: pulled.includes(id),
      })),
  })
  const isHere = async (id: string) => (await models.list()).find((model) => model.id === id)!.isHere
  return { models, pulled, errors, isHere, wait: (ms: number) => (nowMs += ms) }
}

it('downloads what clients want once, one after the other, and tells of it at once', async () => {
  const { models, pulled, isHere } = setUp()
  expect(await isHere(first)).toBe(false)
  models.want(first)
  models.want(first)
  models.want(second)
  models.want('no such model')
  await expect.poll(() => pulled).toEqual([first, second])
  await expect.poll(() => isHere(first)).toBe(true)
})

it('tries a download that failed again after some time', async () => {
  const { models, pulled, errors, wait } = setUp([first])
  models.want(first)
  await expect
    .poll(() => errors)
    .toEqual([{ model: first, error: expect.objectContaining({ code: 'MODEL_DOWNLOAD_FAILED' }) }])
  models.want(first)
  wait(10 * 60_000)
  models.want(first)
  await expect.poll(() => pulled).toEqual([first, first])
})

it('downloads nothing without the option', async () => {
  const models = createModels({ pull: null, logger: { info() {}, warn() {}, error() {} }, look: async () => [] })
  models.want(first)
  expect(await models.list()).toEqual([])
})
