// What a command and the process that runs it say to each other.

/** What a process says of itself to whoever connects, before anything else. */
export interface WarmFacts {
  readonly pid: number
  /** The network it holds; null before the first. */
  readonly model: string | null
  readonly precision: string | null
  /** Of it and the processes it has started. */
  readonly memoryBytes: number
  /** Milliseconds until it ends by itself; null while it runs a command. */
  readonly leftMs: number | null
}

/** What a terminal or file at the command's end is like. */
export interface Terminal {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

export type Output = 'stdout' | 'stderr'

export interface RunRequest extends Readonly<Record<Output, Terminal>> {
  readonly type: 'run'
  /** The command line without the program's own path. */
  readonly words: readonly string[]
  readonly folder: string
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly umask: number
}

/** `input`: some of stdin; null at its end. */
export type FromCommand =
  | RunRequest
  | { readonly type: 'written'; readonly to: Output }
  | { readonly type: 'input'; readonly bytes: Uint8Array | null; readonly error?: { code?: string; message: string } }
  | { readonly type: 'abort' }

/** `taken`: the request will be run. `read` asks for some of stdin. `exit` is the last. */
export type ToCommand =
  | { readonly type: 'taken' }
  | { readonly type: 'write'; readonly to: Output; readonly bytes: Uint8Array }
  | { readonly type: 'read' }
  | { readonly type: 'exit'; readonly code: number }
