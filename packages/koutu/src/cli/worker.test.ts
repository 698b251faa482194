// `koutu worker` as it is typed wrong. What it does is tested on servers of our own, in tests-all.

import { join } from 'node:path'
import { runNode } from '@koutu/testing'
import { describe, expect, it } from 'vitest'

const BIN = join(import.meta.dirname, '../../bin/koutu.js')

describe('koutu worker', () => {
  it('says what it has to share with servers', async () => {
    const { KOUTU_DATABASE_URL, KOUTU_STORAGE, ...env } = process.env
    const { code, stderr } = await runNode([BIN, 'worker'], { env })
    expect(code).toBe(2)
    expect(stderr).toMatch(/--database-url: .*; --storage: .*\[INVALID_OPTIONS\]/)
  })

  it('tells with a code that the database is not there, without its address', async () => {
    const url = 'postgres://ann:hunter2@127.0.0.1:1/koutu'
    const { code, stderr } = await runNode([BIN, 'worker', '--storage', '/nowhere/below'], {
      env: { ...process.env, KOUTU_DATABASE_URL: url },
    })
    expect(code).not.toBe(0)
    expect(stderr).not.toContain('hunter2')
    expect(stderr).toMatch(/\[(DATABASE_UNAVAILABLE|STORAGE_FAILED)\]/)
  })
})
