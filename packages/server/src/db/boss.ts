// Configuration of pg-boss, the same for both databases. It owns claims, leases, heartbeats, retries and their backoff.

import { type ConstructorOptions, PgBoss, type QueueOptions } from 'pg-boss'

export const JOB_QUEUE = 'cutout'
export const WEBHOOK_QUEUE = 'webhook'

/** A worker that has been silent for so long is dead, and its jobs go to others. */
export const HEARTBEAT_SECONDS = 15

/** More claims than any job survives: how often a job may fail is the job store's to decide. */
const NEVER = 1_000_000

const QUEUES: Readonly<Record<string, QueueOptions>> = {
  [JOB_QUEUE]: {
    heartbeatSeconds: HEARTBEAT_SECONDS,
    // The worker's own timeout ends a job long before.
    expireInSeconds: 6 * 3600,
    retentionSeconds: 14 * 86_400,
    retryLimit: NEVER,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 30,
  },
  [WEBHOOK_QUEUE]: {
    expireInSeconds: 60,
    retentionSeconds: 7 * 86_400,
    deleteAfterSeconds: 86_400,
    // Doubling pauses: the last try comes about half a day after the first.
    retryLimit: 11,
    retryDelay: 20,
    retryBackoff: true,
    retryDelayMax: 6 * 3600,
  },
}

/** `superviseSeconds`: how often this process looks for claims without heartbeats. */
export async function startBoss(
  connection: Pick<ConstructorOptions, 'connectionString' | 'max' | 'application_name' | 'db' | 'backend'>,
  { superviseSeconds, onError }: { readonly superviseSeconds: number; readonly onError: (error: Error) => void },
): Promise<PgBoss> {
  const boss = new PgBoss({
    ...connection,
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    maintenanceIntervalSeconds: 600,
    // Jobs that wait for each other, which ours do not; and the health of autovacuum, which is the operator's.
    flowIntervalSeconds: 3600,
    monitorVacuum: false,
  })
  boss.on('error', onError)
  await boss.start()
  const known = new Set((await boss.getQueues()).map(({ name }) => name))
  for (const [name, options] of Object.entries(QUEUES)) {
    if (known.has(name)) await boss.updateQueue(name, options)
    else await boss.createQueue(name, options)
  }
  return boss
}
