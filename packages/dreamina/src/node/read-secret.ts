// Asks for a secret: on a terminal without echo, else the first line of the input.

import type { ReadStream } from 'node:tty'
import { KoutuError } from '@koutu/core'

export interface SecretInput {
  /** Standard input. */
  readonly input: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>
  /** Standard error: standard output carries results only. */
  readonly output: NodeJS.WritableStream
  readonly question: string
}

/** Longest line that is read. A whole cookie header fits. */
const MAX_LENGTH = 16_384
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const ERASE = ['\u007f', '\b']

/** The line without its end. Ctrl-C is ABORTED. Bytes after the line are lost: ask last. */
export function readSecret({ input, output, question }: SecretInput): Promise<string> {
  const terminal = input.isTTY === true && typeof input.setRawMode === 'function'
  if (terminal) {
    output.write(question)
    input.setRawMode?.(true)
  }
  return new Promise((resolve, reject) => {
    let line = ''
    const finish = (settle: () => void) => {
      input.removeListener('data', onData)
      input.removeListener('end', onEnd)
      input.removeListener('error', onError)
      input.pause()
      if (terminal) {
        input.setRawMode?.(false)
        output.write('\n')
      }
      settle()
    }
    const onData = (chunk: Buffer | string) => {
      for (const letter of chunk.toString()) {
        if (terminal && letter === CTRL_C) return finish(() => reject(new KoutuError('ABORTED')))
        if (letter === '\n' || letter === '\r' || (terminal && letter === CTRL_D)) return finish(() => resolve(line))
        if (terminal && ERASE.includes(letter)) line = line.slice(0, -1)
        else line += letter
        if (line.length > MAX_LENGTH) {
          const detail = `expected at most ${MAX_LENGTH} characters on one line but received more`
          return finish(() => reject(new KoutuError('INPUT_UNREADABLE', { detail })))
        }
      }
    }
    const onEnd = () => finish(() => resolve(line))
    const onError = (cause: Error) => finish(() => reject(new KoutuError('INPUT_UNREADABLE', { cause })))
    input.on('data', onData)
    input.on('end', onEnd)
    input.on('error', onError)
    input.resume()
  })
}
