// All rows, in the order in which they are measured.

import { browser } from './browser.ts'
import { cold } from './cold.ts'
import { folder } from './folder.ts'
import { fresh } from './fresh.ts'
import { limit } from './limit.ts'
import { many } from './many.ts'
import { memory } from './memory.ts'
import { network } from './network.ts'
import { pymatting } from './pymatting.ts'
import { rembg } from './rembg.ts'
import { rembgServer } from './rembg-server.ts'
import { sizes } from './sizes.ts'
import { small } from './small.ts'
import { warm } from './warm.ts'

export const ROWS = {
  limit,
  network,
  cold,
  memory,
  warm,
  folder,
  rembg,
  'rembg-server': rembgServer,
  pymatting,
  browser,
  small,
  sizes,
  many,
  fresh,
} as const

export type RowId = keyof typeof ROWS
export type Rows = { readonly [Id in RowId]: Awaited<ReturnType<(typeof ROWS)[Id]>> }

export const ROW_IDS = Object.keys(ROWS) as readonly RowId[]
