// Which of several subjects are in the cutout, by the marks that took them out or in.

import { coarseOf } from '../jobs/coarse.ts'
import { announce } from '../state/announce.ts'
import type { Item } from '../state/items.ts'
import { saveList } from '../state/store.ts'
import { subjectStrokes } from './regions.ts'

/** Follows strokes. */
export function isTaken(item: Item, subject: number): boolean {
  const last = item.strokes.value.findLast((stroke) => stroke.subject === subject)
  return last?.tool !== 'erase'
}

export async function toggleSubject(item: Item, subject: number, words: string): Promise<void> {
  const report = item.outcome.peek()?.report
  const found = report?.subjects[subject]
  if (!report || !found) return
  const tool = isTaken(item, subject) ? 'erase' : 'keep'
  const strokes = subjectStrokes(tool, await coarseOf(item), found.box, report.input, subject)
  if (strokes.length === 0) return
  item.strokes.add(...strokes)
  saveList()
  announce(words)
}
