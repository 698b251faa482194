// A thread of the integer engine: serves one memory after the other, until the worker that started it ends it.

export interface ServeMessage {
  readonly engine: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly control: number
  readonly thread: number
}

/** 'started' once, then 'ready' for each memory. */
export type ThreadMessage = 'started' | 'ready'

interface Kernel {
  /** Comes back when thread 0 says so. */
  serve(control: number, thread: number): void
}

const scope = globalThis as unknown as {
  postMessage(message: ThreadMessage): void
  onmessage: ((event: MessageEvent<ServeMessage>) => void) | null
}

scope.onmessage = ({ data: { engine, memory, control, thread } }) => {
  const { exports } = new WebAssembly.Instance(engine, { env: { memory } })
  scope.postMessage('ready')
  ;(exports as unknown as Kernel).serve(control, thread)
}
scope.postMessage('started')
