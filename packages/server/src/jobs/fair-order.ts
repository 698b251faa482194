// Fair order: start-time fair queuing (Goyal, Vin and Cheng 1996) with every job of weight one. A job gets a number when
// it is submitted: one more than its owner's last waiting job has, and at least the lowest number that waits. The queue
// serves lower numbers first, so that who sends one image waits for one round of the others, not for all their jobs.

/** Virtual start times per priority: the 21 priorities fit into the queue's 32-bit rank. */
const TURNS_PER_PRIORITY = 100_000_000

/**
 * SQL of the number for the next job of an owner, of `owner` and `priority`, both expressions. It starts again from 0
 * whenever nothing of that priority waits. Two requests at the same moment may get the same number, which is harmless.
 */
export function nextTurnSql(owner: string, priority: string): string {
  return `greatest(
    coalesce((select max(turn) + 1 from koutu.job where owner_id = ${owner} and priority = ${priority} and state = 'queued'), 0),
    coalesce((select min(turn) from koutu.job where priority = ${priority} and state = 'queued'), 0))`
}

/** Where a job stands among all others: higher goes first. */
export function rankOf(priority: number, turn: number): number {
  return priority * TURNS_PER_PRIORITY - Math.min(turn, TURNS_PER_PRIORITY - 1)
}
