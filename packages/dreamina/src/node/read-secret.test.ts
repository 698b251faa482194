// Asking without echo, on a terminal and on a pipe.

import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/support.ts'
import { readSecret } from './read-secret.ts'

function streams(terminal: boolean) {
  const raw: boolean[] = []
  const input = Object.assign(new PassThrough(), { isTTY: terminal, setRawMode: (on: boolean) => raw.push(on) })
  const output = new PassThrough()
  const answer = readSecret({ input: input as never, output, question: 'Session id: ' })
  return { input, raw, answer, shown: () => String(output.read() ?? '') }
}

describe('on a terminal', () => {
  it('shows the question and not the answer', async () => {
    const { input, raw, answer, shown } = streams(true)
    input.write('secret')
    input.write('x\u007f-1\r')
    expect(await answer).toBe('secret-1')
    expect(shown()).toBe('Session id: \n')
    expect(raw).toEqual([true, false])
  })

  it('stops at Ctrl-C and gives the terminal back', async () => {
    const { input, raw, answer } = streams(true)
    input.write('sec\u0003')
    expect((await failureOf(answer)).code).toBe('ABORTED')
    expect(raw).toEqual([true, false])
  })
})

describe('on a pipe', () => {
  it.each(['secret\n', 'secret\r\nmore', 'secret'])('reads the first line of %j and asks nothing', async (text) => {
    const { input, raw, answer, shown } = streams(false)
    input.end(text)
    expect(await answer).toBe('secret')
    expect(shown()).toBe('')
    expect(raw).toEqual([])
  })

  it('stops reading a line that does not end', async () => {
    const { input, answer } = streams(false)
    input.write('x'.repeat(16_385))
    const failure = await failureOf(answer)
    expect(failure.code).toBe('INPUT_UNREADABLE')
    expect(failure.message).not.toContain('xxx')
  })
})
