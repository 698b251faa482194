// No secret in anything the client writes: results of commands, errors with causes and stacks, events, journal, paths.
// The fake repeats what it was sent in every error text, and a hostile runtime puts headers into its errors.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type Fault, startDreaminaFake } from '@koutu/testing'
import { expect, it } from 'vitest'
import { drawDisc, fastPorts } from '../test/support.ts'
import type { DreaminaEvent } from './client/config.ts'
import { type DreaminaSetup, login, logout, openDreamina, resume, status } from './node/commands.ts'

const PICTURE = drawDisc(8, 8)

const FAULTS: readonly Fault[] = [
  { type: 'drop' },
  { type: 'lose' },
  { type: 'ret', ret: '1018', errmsg: 'punished' },
  { type: 'ret', ret: '1002', errmsg: 'common error' },
  { type: 'ret', ret: '0', data: { unexpected: true } },
  { type: 'imagex', codeN: 100024 },
  { type: 'imagex', codeN: 7 },
  { type: 'http', status: 500, body: 'oops' },
  { type: 'http', status: 403, body: 'no' },
  { type: 'http', status: 200, body: 'not JSON:' },
  { type: 'http', status: 200, body: '{"ret":' },
]
const STEPS = ['token', 'apply', 'upload', 'commit', 'generate', 'query', 'download', 'credit'] as const

/** Everything a value holds, however it would be printed. */
function everyForm(value: unknown): string {
  const parts = [inspect(value, { depth: 20, showHidden: true, maxStringLength: null }), String(value)]
  const stack = value instanceof Error ? (value.stack ?? '') : ''
  return [...parts, stack, JSON.stringify(value)].join('\n')
}

it('no secret is in anything that is said or stored', async () => {
  const home = await mkdtemp(join(tmpdir(), 'koutu-'))
  const said: string[] = []
  const secrets = new Set<string>()
  let errors = 0
  const keep = (value: unknown) => said.push(everyForm(value))
  const run = async (work: () => Promise<unknown>) => {
    try {
      keep(await work())
    } catch (error) {
      errors++
      keep(error)
    }
  }
  try {
    for (const step of STEPS) {
      for (const fault of [null, ...FAULTS]) {
        await using fake = await startDreaminaFake({ echoSecrets: true, statuses: [20] })
        const events: DreaminaEvent[] = []
        const ctx = { onEvent: (event: DreaminaEvent) => void events.push(event) }
        const setup: DreaminaSetup = {
          env: { HOME: home },
          endpoints: { api: fake.origin },
          limits: { attempts: 2 },
          ports: {
            ...fastPorts(),
            // As runtimes do that quote the request they could not send.
            fetch: async (input, init) => {
              try {
                return await fetch(input, init)
              } catch (cause) {
                throw Object.assign(new TypeError(`failed: ${input} ${inspect(init?.headers)}`, { cause }), { init })
              }
            },
          },
        }
        await run(() => login(fake.sessionId, setup, ctx))
        if (fault) fake.fail(step, ...Array<Fault>(6).fill(fault))
        await run(() => status(setup, ctx))
        await run(async () => {
          const { client } = await openDreamina(setup)
          const { bytes: _, ...rest } = await client.segment(PICTURE, ctx)
          return rest
        })
        await run(() => resume({ folder: join(home, 'out') }, setup, ctx))
        keep(events)
        const journal = join(home, '.local/state/koutu/dreamina')
        for (const name of await readdir(journal).catch(() => []))
          keep([name, await readFile(join(journal, name), 'utf8')])
        await run(() => logout(setup))
        await rm(journal, { recursive: true, force: true })
        for (const secret of fake.secrets) secrets.add(secret)
      }
    }
    expect(errors).toBeGreaterThan(50)
    const everything = said.join('\n')
    // The test sees what it looks for: texts of the fake did arrive, masked.
    expect(everything).toContain('[secret]')
    expect(everything).toContain('punished')
    const found = [...secrets].filter(
      (secret) => everything.includes(secret) || everything.includes(encodeURIComponent(secret)),
    )
    expect(found).toEqual([])
    expect(secrets.size).toBeGreaterThan(500)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
