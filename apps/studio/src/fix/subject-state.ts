// Which of several subjects are in the cutout, by the marks that took them out or in.

import { coarseOf } from '../jobs/coarse.ts'
import { announce } from '../state/announce.ts'
import type { Item } from '../state/items.ts'
import { saveList } from '../state/store.ts'
import { subjectStrokes } from './regions.ts'

/** Follows strokes. */
export function isTaken(item: Item, subject: number): boolean {
  return !item.strokes.value.some((stroke) => stroke.subject === subject)
}

export async function toggleSubject(item: Item, subject: number, words: string): Promise<void> {
  const report = item.outcome.peek()?.report
  const found = report?.subjects[subject]
  if (!report || !found) return
  if (isTaken(item, subject)) {
    const strokes = subjectStrokes(await coarseOf(item), found.box, report.input, subject)
    if (strokes.length === 0) return
    item.strokes.add(...strokes)
  } else item.strokes.drop((stroke) => stroke.subject === subject)
  saveList()
  announce(words)
}
