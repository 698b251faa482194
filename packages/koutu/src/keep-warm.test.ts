import { afterEach, expect, it, vi } from 'vitest'
import { checkKeepWarm, readKeepWarm } from './keep-warm.ts'
import { resolveOptions } from './options.ts'

afterEach(() => vi.unstubAllEnvs())

it.each<[readonly string[], string | undefined, number | null]>([
  [['photo.jpg'], undefined, null],
  [['photo.jpg'], '', null],
  [['photo.jpg'], '90', 90_000],
  [['photo.jpg', '--keep-warm', '60s'], undefined, 60_000],
  [['--keep-warm=5min', 'photo.jpg'], '90', 300_000],
  [['photo.jpg', '--keep-warm', '0'], '90', 0],
  [['a.jpg', '--keep-warm', '1', '--keep-warm=2'], undefined, 2000],
  [['a.jpg', '--keep-warm', '1', '--', '--keep-warm', '5'], undefined, 1000],
  [['--', '--keep-warm', '5'], undefined, null],
  [['a.jpg', '--keep-warmer', '5'], undefined, null],
])('%j with %j', async (words, variable, ms) => {
  expect(await readKeepWarm(words, { KOUTU_KEEP_WARM: variable })).toBe(ms)
})

it.each<[readonly string[], string, string]>([
  [['--keep-warm', 'long'], '', '--keep-warm'],
  [['--keep-warm', '-1'], '', '--keep-warm'],
  [[], '2d', 'KOUTU_KEEP_WARM'],
  [[], '90000', 'KOUTU_KEEP_WARM'],
])('%j with %j is no time', async (words, variable, path) => {
  await expect(readKeepWarm(words, { KOUTU_KEEP_WARM: variable })).rejects.toMatchObject({
    code: 'INVALID_OPTIONS',
    data: { problems: [{ path }] },
  })
})

it('asks for the network that it keeps, where the flag is given', async () => {
  const refusal = { code: 'INVALID_OPTIONS', data: { problems: [{ path: '--keep-warm' }] } }
  const cuda = resolveOptions({ device: 'cuda' })
  await expect(checkKeepWarm({ keepWarm: 60 }, cuda)).rejects.toMatchObject(refusal)
  await expect(checkKeepWarm({ keepWarm: 60 }, resolveOptions({ engine: 'dreamina' }))).rejects.toMatchObject(refusal)
  expect(await checkKeepWarm({ keepWarm: 0 }, cuda)).toBeNull()
  expect(await checkKeepWarm({}, cuda)).toBeNull()
  vi.stubEnv('KOUTU_KEEP_WARM', '60')
  expect(await checkKeepWarm({}, resolveOptions({}))).toBeNull()
  vi.stubEnv('KOUTU_KEEP_WARM', 'often')
  await expect(checkKeepWarm({}, resolveOptions({}))).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
})
