// What a tool is: data from which the server registers it.

import type { OutputFormat, ResolvedOptions } from '@koutu/core'
import type { ToolAnnotations } from '@modelcontextprotocol/server'
import type * as z from 'zod'
import type { Answer } from './answers.ts'
import type { BatchRun } from './batch-run.ts'
import type { Folders } from './folders.ts'
import type { Handles } from './handles.ts'
import type { HeldImages } from './held-images.ts'
import type { Marks } from './marks.ts'
import type { Cutter } from './ports.ts'
import type { Progress } from './progress.ts'
import type { Results } from './results.ts'

/** What a result was made of, so that it can be made again with changes. */
export interface Recipe {
  readonly source: Source
  readonly values: Readonly<Record<string, unknown>>
  readonly keep: Marks
  readonly erase: Marks
  /** Path or URL of the result. */
  readonly output: string
  readonly format: OutputFormat
  /** Whether the file is an image that shows the subject where the input does. */
  readonly isComparable: boolean
  /** Of the cutter, as `Cut` says. */
  readonly kept: object | null
}

export type Source =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'held'; readonly handle: string; readonly name: string }

/** What outlives a call. */
export interface Session {
  readonly cutouts: Handles<Recipe>
  readonly batches: Handles<BatchRun>
  readonly images: HeldImages
}

export interface Call extends Session {
  readonly cutter: Cutter
  readonly results: Results
  /** Of inputs; core's own where one is not given. */
  readonly limits: Partial<Pick<ResolvedOptions, 'maxBytes' | 'maxPixels' | 'maxFrames'>>
  readonly folders: Folders
  readonly signal: AbortSignal
  readonly progress: Progress
}

export interface Tool<I extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: I
  readonly output: z.ZodObject
  readonly annotations: ToolAnnotations
  /** What the first progress notification says. */
  readonly begins: string
  /** How the view in the chat concerns it: `shown` with its results; `asked` by it or for it, so that only hosts with views list it. */
  readonly view?: { readonly shown?: true; readonly asked?: 'by the model' | 'by the view' }
  run(args: z.output<I>, call: Call): Promise<Answer>
}

/** Ties the type of `run` to that of `input`. */
export function defineTool<I extends z.ZodObject>(tool: Tool<I>): Tool {
  return tool as unknown as Tool
}
