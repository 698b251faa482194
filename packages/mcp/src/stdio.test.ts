import { PassThrough } from 'node:stream'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { expect, it } from 'vitest'
import { lineOf } from './stdio.ts'

// What the transport of the SDK makes of them.
it.each(['[]', '123', 'null', '{"id":9,"method":"ping"}', '{"jsonrpc":"1.0","id":8,"method":"ping"}'])(
  'says in one line that %s is no message',
  async (message) => {
    const input = new PassThrough()
    const transport = new StdioServerTransport(input, new PassThrough())
    const errors: string[] = []
    transport.onerror = (error) => errors.push(lineOf(error))
    await transport.start()
    input.end(`${message}\n`)
    await new Promise((resolve) => input.once('end', resolve))
    await transport.close()
    expect(errors).toEqual(['ignored a message that is no JSON-RPC 2.0'])
  },
)

it('passes on all else', () => {
  expect(lineOf(new Error('the pipe is broken'))).toBe('the pipe is broken')
})
