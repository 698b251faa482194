import { expect, it } from 'vitest'
import { createRemoteStreams } from './remote-streams.ts'
import type { RunRequest, ToCommand } from './warm-messages.ts'

const REQUEST: RunRequest = {
  type: 'run',
  words: [],
  folder: '/',
  variables: {},
  umask: 0o22,
  stdout: {},
  stderr: { isTTY: true, columns: 80, rows: 24 },
}

function remote() {
  const posted: ToCommand[] = []
  return { streams: createRemoteStreams(REQUEST, (message) => posted.push(message)), posted }
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

const settle = () => new Promise((resolve) => setImmediate(resolve))
const texts = (posted: readonly ToCommand[]) =>
  posted.flatMap((message) => (message.type === 'write' ? [`${message.to}: ${Buffer.from(message.bytes)}`] : []))

it('writes one thing at a time to each output, and tells when it has arrived', async () => {
  const { streams, posted } = remote()
  const arrived: string[] = []
  streams.stdout.write('a', () => arrived.push('a'))
  streams.stdout.write('b', () => arrived.push('b'))
  streams.stderr.write('c')
  expect(texts(posted)).toEqual(['stdout: a', 'stderr: c'])
  streams.receive({ type: 'written', to: 'stdout' })
  await settle()
  expect(texts(posted)).toEqual(['stdout: a', 'stderr: c', 'stdout: b'])
  expect(arrived).toEqual(['a'])
  const flushed = streams.flush()
  streams.receive({ type: 'written', to: 'stdout' })
  streams.receive({ type: 'written', to: 'stderr' })
  await flushed
  expect(arrived).toEqual(['a', 'b'])
})

it('are like the outputs of the command', () => {
  const { streams } = remote()
  expect(streams.stderr).toMatchObject({ isTTY: true, columns: 80, rows: 24 })
  expect((streams.stdout as NodeJS.WriteStream).isTTY).toBeUndefined()
})

it('asks for input when somebody reads, to its end', async () => {
  const { streams, posted } = remote()
  await settle()
  expect(posted).toEqual([])
  const reading = collect(streams.stdin)
  for (const byte of [1, 2]) {
    await settle()
    streams.receive({ type: 'input', bytes: Uint8Array.of(byte) })
  }
  await settle()
  streams.receive({ type: 'input', bytes: null })
  expect(await reading).toEqual([Uint8Array.of(1), Uint8Array.of(2)])
  expect(posted).toEqual([{ type: 'read' }, { type: 'read' }, { type: 'read' }])
})

it('passes an error of the input on, with its code', async () => {
  const { streams } = remote()
  const reading = collect(streams.stdin)
  await settle()
  streams.receive({ type: 'input', bytes: null, error: { code: 'EISDIR', message: 'a folder' } })
  await expect(reading).rejects.toMatchObject({ code: 'EISDIR' })
})

it('aborts when it is told to', () => {
  const { streams } = remote()
  streams.receive({ type: 'abort' })
  expect(streams.signal.aborted).toBe(true)
})

it('leaves nothing waiting when the command has gone', async () => {
  const { streams } = remote()
  const reading = collect(streams.stdin)
  const written = new Promise((resolve) => streams.stdout.write('a', resolve))
  await settle()
  streams.lose()
  await expect(reading).rejects.toMatchObject({ code: 'EPIPE' })
  expect(await written).toMatchObject({ code: 'EPIPE' })
  streams.stderr.write('too late')
  await streams.flush()
  expect(streams.signal.aborted).toBe(true)
})
