// Sends notifications after the commit of what they tell, not with it: PostgreSQL commits one notifying transaction at a time, each with
// its wait for the disk, and a job has several. Those that come while others are sent go together.

import type { Sql } from '../ports/ports.ts'

export interface Notifier extends AsyncDisposable {
  send(channel: string, payload: string): void
}

/** Nothing waits for the disk, since nothing is written. */
const SEND = `select set_config('synchronous_commit', 'off', true), pg_notify(channel, payload)
  from unnest($1::text[], $2::text[]) as notice (channel, payload)`

/** Disposed of once all has been sent. What fails is lost: whoever listens asks now and then, too. */
export function createNotifier({ query }: Sql): Notifier {
  let waiting: { readonly channel: string; readonly payload: string }[] = []
  let sending: Promise<void> | null = null
  const sendAll = async (): Promise<void> => {
    // What is said at the same moment goes together, from the first on.
    await null
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const values = [batch.map(({ channel }) => channel), batch.map(({ payload }) => payload)]
      await query(SEND, values).catch(() => {})
    }
    sending = null
  }
  return {
    send(channel, payload) {
      waiting.push({ channel, payload })
      sending ??= sendAll()
    },
    async [Symbol.asyncDispose]() {
      await sending
    },
  }
}
