// `koutu eval FOLDER`: scores the pipeline on images with known alpha.

import { basename, resolve } from 'node:path'
import { invalidOptions } from '@koutu/core'
import { type EvalItem, readDataset } from '../eval/dataset.ts'
import { evaluate, type PictureResult } from '../eval/evaluate.ts'
import { createHardest } from '../eval/hardest.ts'
import { createLocalRemover } from '../eval/local-remover.ts'
import { renderSheet } from '../eval/sheet.ts'
import { summarize } from '../eval/summary.ts'
import { renderTable } from '../eval/table.ts'
import { drawThumbnails, type Thumbnails } from '../eval/thumbnails.ts'
import type { Options } from '../options.ts'
import { checkOutput, writeWhole } from '../write-file.ts'
import type { Environment } from './environment.ts'
import { createFileKeys } from './plan/claims.ts'
import { fileSystem } from './plan/file-tree.ts'
import { startBar } from './progress-bar.ts'

export interface EvalFlags {
  readonly html?: string | undefined
  readonly sheet?: string | undefined
  readonly hardest: number
  readonly baseline: boolean
  readonly json: boolean
  readonly only?: readonly string[] | undefined
}

/** Returns 0 when every image was scored, 1 otherwise, 130 when interrupted. */
export async function runEval(folder: string, flags: EvalFlags, options: Options, env: Environment): Promise<number> {
  const all = await readDataset(folder)
  const unknown = flags.only?.find((id) => !all.some((item) => item.id === id))
  if (unknown !== undefined) throw invalidOptions([{ path: '--only', message: `No image '${unknown}' in ${folder}` }])
  const items = flags.only ? all.filter(({ id }) => flags.only?.includes(id)) : all

  await checkFiles(all, flags)
  await using remover = createLocalRemover(options, flags.baseline || flags.sheet !== undefined)
  const hardest = flags.sheet === undefined ? null : createHardest(flags.hardest)
  const pictures: PictureResult[] = []
  const thumbnails = new Map<string, Thumbnails>()
  const bar = startBar(env.stderr, '{bar} {value}/{total} · {eta_formatted} left', items.length)
  try {
    for await (const scored of evaluate(items, remover.remove, env.signal)) {
      pictures.push(scored.result)
      if (flags.html !== undefined && 'alpha' in scored) {
        thumbnails.set(scored.item.id, await drawThumbnails(scored.item.imagePath, scored.alpha, scored.truth))
      }
      await hardest?.add(scored)
      bar?.increment()
    }
  } finally {
    bar?.stop()
  }
  if (env.signal.aborted) return 130
  const report = summarize(basename(resolve(folder)), pictures)
  env.stdout.write(`${flags.json ? JSON.stringify(report) : renderTable(report)}\n`)
  if (flags.html !== undefined) {
    await writeWhole(flags.html, Buffer.from(renderSheet(report, thumbnails)))
    env.stderr.write(`${flags.html}\n`)
  }
  const sheet = await hardest?.sheet()
  if (flags.sheet !== undefined && sheet) {
    await writeWhole(flags.sheet, sheet)
    env.stderr.write(`${flags.sheet}\n`)
  }
  return pictures.some(({ ok }) => !ok) ? 1 : 0
}

/** Errors: INVALID_OPTIONS where a file to write is one of the dataset, OUTPUT_UNWRITABLE where it cannot be written. */
async function checkFiles(items: readonly EvalItem[], { html, sheet }: EvalFlags): Promise<void> {
  const keyOf = createFileKeys(fileSystem)
  const keys = await Promise.all(items.flatMap(({ imagePath, alphaPath }) => [keyOf(imagePath), keyOf(alphaPath)]))
  for (const [flag, path] of Object.entries({ '--html': html, '--sheet': sheet })) {
    if (path === undefined) continue
    await checkOutput(path)
    if (keys.includes(await keyOf(path)))
      throw invalidOptions([{ path: flag, message: `It would replace '${path}', which is part of the dataset` }])
  }
}
