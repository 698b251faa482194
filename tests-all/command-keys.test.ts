// `koutu keys` as it is typed.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runNode } from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const BIN = join(import.meta.dirname, '../packages/koutu/bin/koutu.js')

describe('koutu keys', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'koutu-keys-command-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const keys = async (...args: string[]) => {
    const { code, stdout, stderr } = await runNode([BIN, 'keys', ...args, '--data', folder])
    return { code, stdout: stdout.toString(), stderr }
  }

  it('shows a key once, lists it without its secret, and revokes it', async () => {
    const created = await keys('create', 'shop', '--rate', '60', '--scopes', 'jobs:read')
    expect(created.code).toBe(0)
    expect(created.stdout).toMatch(/^koutu_[0-9a-f]{12}_[\w-]{43}\n$/)
    expect(created.stderr).toMatch(/API key [0-9a-f]{12} \(shop\).*\n.*whsec_/)
    const id = created.stdout.split('_')[1]!
    const listed = await keys('list')
    expect(listed.stdout).toMatch(new RegExp(`^id .*\\n${id} +shop +jobs:read +60 +default`))
    expect(listed.stdout).not.toContain(created.stdout.trim())
    expect(await keys('revoke', id)).toMatchObject({ code: 0, stderr: '' })
    expect(await keys('revoke', id)).toMatchObject({ code: 1, stderr: `koutu: no active API key has the id ${id}\n` })
    const [key] = JSON.parse((await keys('list', '--json')).stdout)
    expect(key).toMatchObject({
      id,
      name: 'shop',
      ratePerMinute: 60,
      maxConcurrent: null,
      revokedAt: expect.any(String),
    })
  })

  it('names every wrong flag at once', async () => {
    const { code, stderr } = await keys('create', 'x', '--rate', 'fast', '--scopes', 'all')
    expect(code).toBe(2)
    expect(stderr).toMatch(/--rate: .*'fast'; --scopes.*: .*all.*\[INVALID_OPTIONS\]/)
  })

  it('refuses a database it does not know, and does not repeat its address', async () => {
    const { code, stderr } = await keys('list', '--database-url', 'mysql://u:hunter2@h/d')
    expect(code).toBe(2)
    expect(stderr).toContain('--database-url: Expected a URL that begins with postgres://')
    expect(stderr).not.toContain('hunter2')
  })
})
