// Everything the page does by name: the one list behind keys, tooltips, the sheet of shortcuts and the command palette.

import { copyItem, downloadItem } from '../export/save.ts'
import {
  chooseRectangle,
  chooseTool,
  holdHand,
  isMarking,
  redoStroke,
  resizeBrush,
  swapTools,
  undoStroke,
} from '../fix/brush-state.ts'
import type { Dictionary } from '../i18n/en.ts'
import { switchLanguage, t } from '../i18n/index.ts'
import { removeItem } from '../jobs/add-images.ts'
import { announce } from './announce.ts'
import { selectBy, selected } from './items.ts'
import { isComparing, isPaletteOpen, isSheetOpen, pickers, show, view } from './stage.ts'
import { switchTheme } from './theme.ts'

export interface Action {
  readonly name: keyof Dictionary['actions']
  /** As `KeyboardEvent.key`, after `mod+` (⌘ or Ctrl) and `shift+`. */
  readonly keys: readonly string[]
  readonly run: () => void
  /** What a key does that is held ends with it. */
  readonly release?: () => void
}

const withSelected = (work: (item: NonNullable<typeof selected.value>) => unknown) => () => {
  const item = selected.peek()
  if (item) void work(item)
}

const whenDone = (work: (item: NonNullable<typeof selected.value>) => Promise<unknown>) =>
  withSelected((item) => {
    if (item.status.peek() !== 'done') return announce(t().exporting.notDone)
    return work(item).catch((error: unknown) => announce(String(error)))
  })

const toggle = (wanted: 'alpha' | 'original' | 'overlay') => () => {
  show.value = show.peek() === wanted ? 'result' : wanted
}

export const ACTIONS: readonly Action[] = [
  { name: 'add', keys: ['mod+o'], run: () => pickers.files?.click() },
  { name: 'previous', keys: ['ArrowLeft'], run: () => selectBy(-1) },
  { name: 'next', keys: ['ArrowRight'], run: () => selectBy(1) },
  { name: 'fit', keys: ['1'], run: () => view.current?.fit() },
  { name: 'actual', keys: ['2'], run: () => view.current?.zoomTo(1) },
  { name: 'zoomIn', keys: ['z', '+', '='], run: () => view.current?.zoomIn() },
  { name: 'zoomOut', keys: ['shift+z', '-'], run: () => view.current?.zoomOut() },
  {
    name: 'original',
    keys: ['\\'],
    run: () => {
      show.value = 'original'
    },
    release: () => {
      show.value = 'result'
    },
  },
  { name: 'alpha', keys: ['m'], run: toggle('alpha') },
  { name: 'overlay', keys: ['o'], run: toggle('overlay') },
  {
    name: 'compare',
    keys: ['c'],
    run: whenDone(async () => {
      isComparing.value = true
    }),
  },
  { name: 'download', keys: ['mod+s'], run: whenDone(downloadItem) },
  {
    name: 'copy',
    keys: ['mod+c'],
    run: whenDone(async (item) => {
      await copyItem(item)
      announce(t().exporting.copied)
    }),
  },
  { name: 'brushKeep', keys: ['b'], run: () => chooseTool('keep') },
  { name: 'brushErase', keys: ['e'], run: () => chooseTool('erase') },
  { name: 'swap', keys: ['x'], run: swapTools },
  { name: 'smaller', keys: ['['], run: () => resizeBrush(0.8) },
  { name: 'larger', keys: [']'], run: () => resizeBrush(1.25) },
  { name: 'undo', keys: ['mod+z'], run: () => undoStroke(t().actions.undo) },
  { name: 'redo', keys: ['mod+shift+z', 'mod+y'], run: () => redoStroke(t().actions.redo) },
  { name: 'rectangle', keys: ['r'], run: chooseRectangle },
  {
    name: 'leaveBrush',
    keys: ['Escape'],
    run: () => {
      isMarking.value = false
      chooseTool(null)
    },
  },
  { name: 'pan', keys: [' '], run: () => holdHand(true), release: () => holdHand(false) },
  { name: 'remove', keys: ['Delete', 'Backspace'], run: withSelected(removeItem) },
  {
    name: 'commands',
    keys: ['mod+k'],
    run: () => {
      isPaletteOpen.value = true
    },
  },
  {
    name: 'shortcuts',
    keys: ['?'],
    run: () => {
      isSheetOpen.value = true
    },
  },
  { name: 'theme', keys: [], run: switchTheme },
  { name: 'language', keys: [], run: switchLanguage },
]

export const runAction = (name: Action['name']): void => ACTIONS.find((action) => action.name === name)?.run()

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)

const SHOWN: Readonly<Record<string, string>> = {
  ' ': '␣',
  mod: isMac ? '⌘' : 'Ctrl',
  shift: isMac ? '⇧' : 'Shift',
  ArrowLeft: '←',
  ArrowRight: '→',
  Delete: 'Del',
  Escape: 'Esc',
}

/** The caps of a key, to be shown. */
export const keyCaps = (key: string): readonly string[] =>
  key === '+' ? ['+'] : key.split('+').map((part) => SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part))

/** `Fit to the window (1)`. */
export function tooltip(name: Action['name'], label: string = t().actions[name]): string {
  const [key] = ACTIONS.find((action) => action.name === name)?.keys ?? []
  return key ? `${label} (${keyCaps(key).join(isMac ? '' : '+')})` : label
}

const nameOf = ({ key, metaKey, ctrlKey, shiftKey }: KeyboardEvent): string => {
  const isLetter = /^[a-z]$/i.test(key)
  return `${metaKey || ctrlKey ? 'mod+' : ''}${shiftKey && isLetter ? 'shift+' : ''}${isLetter ? key.toLowerCase() : key}`
}

const MOVES_A_CONTROL = /^(Arrow|Page|Home$|End$)/

/** Where a key is the control's own, text, or an open dialog's. */
function isElsewhere({ target, key, metaKey, ctrlKey }: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]')) return true
  if (!(target instanceof Element)) return false
  if (target.closest('textarea, select')) return true
  const type = target.closest('input')?.type
  if (type === 'range' || type === 'radio' || type === 'checkbox') return MOVES_A_CONTROL.test(key) || key === ' '
  if (type) return !(metaKey || ctrlKey) || /^[acvxyz]$/i.test(key)
  return (key === ' ' || key === 'Enter') && target.closest('button, summary, a, label') !== null
}

export function listenToKeys(): void {
  const held = new Map<string, Action>()
  addEventListener('keydown', (event) => {
    if (isElsewhere(event) || event.altKey) return
    const name = nameOf(event)
    const action = ACTIONS.find(({ keys }) => keys.includes(name))
    if (!action) return
    // Selected text is copied as everywhere.
    if (action.name === 'copy' && getSelection()?.toString()) return
    event.preventDefault()
    if (event.repeat && action.release) return
    action.run()
    if (action.release) held.set(event.key, action)
  })
  const release = ({ key }: { key: string }) => {
    held.get(key)?.release?.()
    held.delete(key)
  }
  addEventListener('keyup', release)
  addEventListener('blur', () => {
    for (const key of held.keys()) release({ key })
  })
}
