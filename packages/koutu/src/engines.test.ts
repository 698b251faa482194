// Which engine options lead to. No network runs here.

import { createSharpCodec } from '@koutu/node'
import { afterAll, expect, it } from 'vitest'
import { createEngines } from './engines.ts'
import { resolve } from './options.ts'

const engines = createEngines(createSharpCodec(), { idleMs: 0, lanes: 1, soloNetwork: false })
afterAll(() => engines[Symbol.asyncDispose]())

it('keeps one local engine, and makes one of a service for the options of each call', () => {
  expect(engines.for(resolve({}))).toBe(engines.for(resolve({ quality: 'best' })))
  expect(engines.for(resolve({ engine: 'dreamina' }))).toMatchObject({ id: 'dreamina', produces: 'cutout' })
  const upscaled = engines.for(resolve({ engine: 'dreamina', dreaminaUpscale: true }))
  expect(upscaled).toMatchObject({ id: 'dreamina', produces: 'alpha' })
})

it('asks no service when koutu is offline', () => {
  const offline = resolve({ engine: 'dreamina', offline: true })
  expect(() => engines.for(offline)).toThrow(expect.objectContaining({ code: 'OFFLINE' }))
})
