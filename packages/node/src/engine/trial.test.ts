// The trial on this very machine: it cannot be known what comes out, but what comes out must be of use.

import { describe, expect, it } from 'vitest'
import { tryProcessor } from './inference-client.ts'

describe('a trial of the processor', () => {
  it('times both precisions in a process of its own', async () => {
    const { int8Ms, fp32Ms, saturates } = await tryProcessor()
    expect(int8Ms).toBeGreaterThan(0)
    expect(fp32Ms).toBeGreaterThan(0)
    expect(typeof saturates).toBe('boolean')
  })
})
