// The parent's end of an inference process: messages and its life, wherever it was started. Loads nothing large.

import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { AnswerMessage, CallMessage } from '@koutu/core/channel'
import type { Accelerator } from '@koutu/core/options'

/** Why a process has ended. */
export interface Ending {
  readonly detail: string
  readonly signal: NodeJS.Signals | null
}

export interface InferenceLink {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined
  /** A process that is ending refuses the message; `onEnd` reports its end. */
  post(message: CallMessage): void
  /** Whether the process keeps its parent alive. */
  hold(isBusy: boolean): void
  kill(): void
  /** Called once, with what receives all there is to tell. */
  listen(listener: { message(message: AnswerMessage): void; end(ending: Ending): void }): void
}

/** Compiled and uncompiled code name the same entry differently. */
const INFERENCE_ENTRY: string = fileURLToPath(
  new URL(`./inference-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

export interface StartSettings {
  /** What will run its networks, if not the processor. */
  readonly device?: Accelerator | undefined
  /** Whether what native code prints is not shown. Default false. */
  readonly isQuiet?: boolean
}

/** Starts a process that does not keep its parent alive. */
export function forkInference({ device, isQuiet = false }: StartSettings = {}): InferenceLink {
  // Twenty modules of Node's, which a thread that borrows its process does without.
  const { fork } = process.getBuiltinModule('node:child_process')
  const child = fork(INFERENCE_ENTRY, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', isQuiet ? 'ignore' : 'inherit', 'ipc'],
    execArgv: [],
    // The packs of onnxruntime hold no CUDA.
    env: device === 'cuda' && !process.env.KOUTU_RUNTIME ? { ...process.env, KOUTU_RUNTIME: 'node' } : process.env,
  })
  const hold = (isBusy: boolean) => {
    for (const one of [child, child.channel]) {
      // Bun's channel has neither.
      if (isBusy) one?.ref?.()
      else one?.unref?.()
    }
  }
  hold(false)
  return {
    pid: child.pid,
    post: (message) => void child.send(message, () => {}),
    hold,
    kill() {
      // Its end is waited for.
      child.ref()
      child.kill('SIGKILL')
    },
    listen({ message, end }) {
      child.on('message', (received) => message(received as AnswerMessage))
      onEnd(child, end)
    },
  }
}

function onEnd(child: ChildProcess, end: (ending: Ending) => void): void {
  child.on('error', ({ message }) => end({ detail: message, signal: null }))
  child.on('exit', (code, signal) => end({ detail: exitReason(code, signal), signal }))
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'the inference process was killed, most likely because memory ran out'
  return `the inference process ended with ${signal ? `signal ${signal}` : `code ${code}`}`
}
