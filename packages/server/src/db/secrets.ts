// One random secret per installation, created at first use and shared by all machines, and keys derived from it by purpose.

import { hkdfSync, randomBytes } from 'node:crypto'
import type { Database } from '../ports/ports.ts'

/** 32 bytes for `purpose`: always the same ones in one database. */
export type Secret = (purpose: string) => Uint8Array

export async function openSecret(database: Database): Promise<Secret> {
  await database.query(`insert into koutu.setting (name, value) values ('secret', $1) on conflict (name) do nothing`, [
    randomBytes(32).toString('hex'),
  ])
  const [row] = await database.query<{ value: string }>(`select value from koutu.setting where name = 'secret'`)
  const root = Buffer.from(row!.value, 'hex')
  return (purpose) => new Uint8Array(hkdfSync('sha256', root, '', purpose, 32))
}
