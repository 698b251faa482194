// The cutout on the stage, and what one may do with it: strokes make it again under the same name, a dropped image makes another.

import { batch, computed, signal } from '@preact/signals'
import { createHistory, hintsOf, type Stroke } from '../fix/strokes.ts'
import type { Size } from '../view/geometry.ts'
import type { Host, ToolResult } from './host.ts'
import { marksOf } from './marks.ts'
import { words } from './words.ts'

/** What tools answer that make a result. */
interface CutoutData {
  readonly handle: string
  readonly output: string
  readonly report: { readonly subject: boolean; readonly coverage: number; readonly input: Size }
}

/** Bytes of a file in one message: a whole number of base64 groups, within what the tool takes. */
const PART_BYTES = 510_000

export type Status = 'connecting' | 'empty' | 'working' | 'ready'

export const status = signal<Status>('connecting')
export const problem = signal<string | null>(null)
/** The result as it is now. */
export const cutout = signal<CutoutData | null>(null)
export const strokes = signal(createHistory([]))
/** What the stage shows: a bitmap stands for an image of the input's size. */
export const scene = signal<{ readonly original: ImageBitmap | null; readonly size: Size } | null>(null)
export const result = signal<ImageBitmap | null>(null)
export const fileName = computed(() => cutout.value?.output.split(/[/\\]/).at(-1) ?? '')

let host: Host | null = null
/** The result that strokes start from, and the file that they write. */
let first: CutoutData | null = null
let written: string | null = null
let isStale = false

export function useHost(connected: Host): void {
  host = connected
}

export function setDisplayMode(mode: 'inline' | 'fullscreen'): void {
  void guarded(() => host!.setDisplayMode(mode))
}

/** Of the call that the page belongs to, or of one of its own. */
export async function showResult(answer: ToolResult): Promise<void> {
  const data = dataOf(answer)
  if (!data) {
    status.value = cutout.peek() ? 'ready' : 'empty'
    problem.value = answer.isError ? textOf(answer) : null
    return
  }
  problem.value = null
  first = data
  written = null
  strokes.value = createHistory([])
  cutout.value = data
  status.value = 'working'
  await guarded(async () => {
    const size = data.report.input
    const original = await imageOf(data.handle, 'input').catch(() => null)
    const shown = await imageOf(data.handle, 'result')
    batch(() => {
      scene.value = { original, size }
      result.value = shown
    })
  })
}

export function addStrokes(painted: readonly Stroke[]): void {
  strokes.value.add(...painted)
  void refine()
}

export function undo(): void {
  strokes.value.undo()
  void refine()
}

export function redo(): void {
  strokes.value.redo()
  void refine()
}

/** One at a time; what was painted meanwhile goes into the next. */
async function refine(): Promise<void> {
  isStale = true
  if (status.peek() !== 'ready') return
  status.value = 'working'
  problem.value = null
  await guarded(async () => {
    while (isStale) {
      isStale = false
      const data = await refined(first!)
      cutout.value = data
      result.value = await imageOf(data.handle, 'result')
      await host!.tellModel(words().refined(data.output, data.handle), { handle: data.handle, output: data.output })
    }
  })
}

/** All strokes on the first result: so that each can be undone. The page overwrites the file that it has written, and no other. */
async function refined(from: CutoutData): Promise<CutoutData> {
  const { width, height } = from.report.input
  const marks = marksOf(hintsOf(strokes.value.peek(), width / height), from.report.input)
  if (!marks.keep && !marks.erase) return from
  const place = written ? { output: written, overwrite: true } : {}
  const data = await callFor('refine_cutout', { handle: from.handle, ...marks, ...place })
  written ??= data.output
  return data
}

/** An image of the person, who has it on this machine where no tool may read it. */
export async function takeFile(file: File): Promise<void> {
  if (status.peek() === 'working' || status.peek() === 'connecting') return
  status.value = 'working'
  problem.value = null
  await guarded(async () => {
    let handle: string | undefined
    for (let at = 0; at < file.size; at += PART_BYTES) {
      const data = await toBase64(file.slice(at, at + PART_BYTES))
      const received = await call('receive_image', { name: file.name, data, ...(handle && { handle }) })
      handle = received.structuredContent?.handle as string
    }
    if (!handle) throw new Error(words().emptyFile)
    const answer = await call('remove_background', { input: handle })
    await showResult(answer)
    const data = dataOf(answer)!
    await host!.tellModel(words().dropped(file.name, data.output, data.handle), {
      handle: data.handle,
      output: data.output,
    })
  })
}

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    problem.value = (error as Error).message
  } finally {
    isStale = false
    status.value = cutout.peek() ? 'ready' : 'empty'
  }
}

/** Errors: the text of a failed tool. */
async function call(name: string, args: Readonly<Record<string, unknown>>): Promise<ToolResult> {
  const answer = await host!.callTool(name, args)
  if (answer.isError) throw new Error(textOf(answer))
  return answer
}

async function callFor(name: string, args: Readonly<Record<string, unknown>>): Promise<CutoutData> {
  const data = dataOf(await call(name, args))
  if (!data) throw new Error(words().noResult)
  return data
}

/** Not through a URL of a blob: policies of hosts let images come from data only. */
async function imageOf(handle: string, of: 'input' | 'result'): Promise<ImageBitmap> {
  const { content = [] } = await call('view_image', { handle, of })
  const image = content.find(({ type }) => type === 'image')
  if (!image?.data) throw new Error(words().noResult)
  const bytes = Uint8Array.from(atob(image.data), (character) => character.charCodeAt(0))
  return createImageBitmap(new Blob([bytes], { type: image.mimeType ?? '' }))
}

function dataOf({ isError, structuredContent }: ToolResult): CutoutData | null {
  const data = structuredContent as Partial<CutoutData> | undefined
  return !isError && data?.handle?.startsWith('cutout:') && data.output && data.report ? (data as CutoutData) : null
}

function textOf({ content = [] }: ToolResult): string {
  return content.find(({ type }) => type === 'text')?.text ?? words().noResult
}

async function toBase64(blob: Blob): Promise<string> {
  const reader = new FileReader()
  reader.readAsDataURL(blob)
  await new Promise((resolve, reject) => {
    reader.onload = resolve
    reader.onerror = () => reject(reader.error ?? new Error())
  })
  return (reader.result as string).split(',')[1]!
}
