// The port that remembers paid work: an entry is written before a task is submitted and deleted when its result is safe.
// Entries hold no secret.

/**
 * `sent`: asked for, and perhaps not accepted. `submitted`: the service has it. `fetched`: its result has been downloaded.
 */
export type JournalState = 'sent' | 'submitted' | 'fetched'

export interface JournalEntry {
  /** UUID made by the client: the key. */
  readonly submitId: string
  /** The service's id; empty until known. */
  readonly historyId: string
  readonly region: string
  readonly imageUri: string
  /** Lower-case hex SHA-256 of the uploaded bytes: the same image finds its task again. Empty when not known. */
  readonly inputSha256: string
  readonly createdAtMs: number
  readonly state: JournalState
}

/** Durable: `put` resolves when the entry would survive a crash. Putting an entry again replaces it. */
export interface Journal {
  put(entry: JournalEntry): Promise<void>
  get(submitId: string): Promise<JournalEntry | null>
  /** Entries of the same uploaded bytes. */
  ofInput(inputSha256: string): Promise<readonly JournalEntry[]>
  list(): Promise<readonly JournalEntry[]>
  remove(submitId: string): Promise<void>
}
