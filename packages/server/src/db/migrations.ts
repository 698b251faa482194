// The tables, step by step. A step that has been released is never changed: a new one is added.
// The queue's tables are pg-boss's, in a schema of their own.

import type { Database } from '../ports/ports.ts'

const STEPS: readonly (readonly string[])[] = [
  [
    // What a single request asked for beyond its jobs: only there when it is a batch, may be repeated or wants a webhook.
    `create table koutu.submission (
      id uuid primary key,
      owner_id text not null,
      is_batch boolean not null,
      idempotency_key text,
      fingerprint text not null,
      webhook_url text,
      created_at timestamptz not null
    )`,
    'create unique index submission_key on koutu.submission (owner_id, idempotency_key)',
    'create index submission_age on koutu.submission (created_at)',
    `create table koutu.job (
      id uuid primary key,
      owner_id text not null,
      submission_id uuid,
      batch_id uuid,
      position integer not null,
      state text not null,
      priority smallint not null,
      turn integer not null,
      file_name text,
      input jsonb not null,
      background jsonb,
      options jsonb not null,
      pixels bigint not null,
      attempts integer not null default 0,
      failures integer not null default 0,
      is_suspect boolean not null default false,
      progress real not null default 0,
      event_id integer not null,
      events jsonb not null,
      result jsonb,
      error jsonb,
      created_at timestamptz not null,
      started_at timestamptz,
      ended_at timestamptz,
      expires_at timestamptz,
      is_swept boolean not null default false
    )`,
    // Turns and the length of the queue.
    `create index job_turn on koutu.job (priority, turn) where state = 'queued'`,
    // Turns and limits of one owner, and how many wait and run at all.
    `create index job_unfinished on koutu.job (owner_id, priority, turn) include (state) where state in ('queued', 'running')`,
    'create index job_owner on koutu.job (owner_id, id)',
    'create index job_submission on koutu.job (submission_id) where submission_id is not null',
    'create index job_expiry on koutu.job (expires_at) where not is_swept',
    'create index job_end on koutu.job (ended_at) where is_swept',
    `create table koutu.api_key (
      id text primary key,
      name text not null,
      hash text not null,
      scopes jsonb not null,
      rate_per_minute integer,
      max_concurrent integer,
      created_at timestamptz not null,
      revoked_at timestamptz
    )`,
    // Secrets of this installation, and when something was last done that one machine does for all.
    'create table koutu.setting (name text primary key, value text not null)',
  ],
  [
    // How often a worker ended while it held the job, and whether the job has the worker to itself.
    `alter table koutu.job add column lapses integer not null default 0, add column is_alone boolean not null default false`,
  ],
  [
    // Numbers under which clients of other protocols know a job, beside a name of their own for it. 13 digits, as theirs have.
    'create sequence koutu.ticket_number start 7000000000000',
    `create table koutu.ticket (
      number bigint primary key default nextval('koutu.ticket_number'),
      job_id uuid not null unique references koutu.job (id) on delete cascade,
      owner_id text not null,
      name text not null,
      source text not null,
      created_at timestamptz not null
    )`,
    'create unique index ticket_name on koutu.ticket (owner_id, name)',
    'create index ticket_owner on koutu.ticket (owner_id, number)',
    // Pictures that are uploaded before anything is asked of them.
    `create table koutu.picture (
      id uuid primary key,
      owner_id text not null,
      blob jsonb not null,
      header jsonb not null,
      md5 text not null,
      is_committed boolean not null default false,
      expires_at timestamptz not null
    )`,
    'create index picture_expiry on koutu.picture (expires_at)',
  ],
  [
    // Since when an outage of storage or database has held the job up.
    'alter table koutu.job add column held_up_at timestamptz',
  ],
  [
    // Whether the input is deleted as soon as the job has ended, and whether that has been done.
    `alter table koutu.job add column is_input_transient boolean not null default false,
       add column is_input_deleted boolean not null default false`,
    `create index job_input_deletion on koutu.job (ended_at)
     where is_input_transient and not is_input_deleted and ended_at is not null`,
  ],
  [
    // What a network found in the image before, for jobs that make a result again.
    'alter table koutu.job add column coarse jsonb',
  ],
]

/** Safe to call from many machines at once: one does the work, the others wait for it. */
export async function migrate(database: Database): Promise<void> {
  try {
    await migrateLocked(database)
  } catch (error) {
    // Who has waited for the lock may still see the catalog as it was before, and make again what is there. A transaction
    // that begins now sees it.
    if (!IS_THERE_ALREADY.has((error as { code?: unknown }).code)) throw error
    await migrateLocked(database)
  }
}

/** PostgreSQL's codes: unique violation (of the catalog), duplicate schema, duplicate table. */
const IS_THERE_ALREADY: ReadonlySet<unknown> = new Set(['23505', '42P06', '42P07'])

async function migrateLocked(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock(5701041)')
    await sql.query('create schema if not exists koutu')
    await sql.query(
      'create table if not exists koutu.migration (version integer primary key, at timestamptz not null default now())',
    )
    const [row] = await sql.query<{ version: number | null }>('select max(version) as version from koutu.migration')
    for (const [index, statements] of STEPS.entries()) {
      const version = index + 1
      if (version <= (row?.version ?? 0)) continue
      for (const statement of statements) await sql.query(statement)
      await sql.query('insert into koutu.migration (version) values ($1)', [version])
    }
  })
}
