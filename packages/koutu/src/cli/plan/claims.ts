// Maps results to inputs. Rejects two results with one file, and results that would replace an input. Holds a short hash per
// path, not the paths.

import { createHash } from 'node:crypto'
import { basename, dirname, join, resolve } from 'node:path'
import { invalidOptions } from '@koutu/core'
import { isUrl } from '../../is-url.ts'
import type { FileTree } from './file-tree.ts'
import type { Job } from './plan.ts'

export interface Claims {
  /** Number of results. */
  readonly total: number
  /** Number of different inputs. */
  readonly inputs: number
  add(job: Job): Promise<void>
  /** Errors: INVALID_OPTIONS that names inputs which cannot be told apart. Takes the same jobs again. */
  check(jobs: AsyncIterable<Job>): Promise<void>
  /** What a file is to the run, by any of its names. */
  roleOf(path: string): Promise<'input' | 'result' | null>
  /** The same jobs, each once. */
  unique(jobs: AsyncIterable<Job>): AsyncGenerator<Job>
}

/** Of so many is told by name. */
const TOLD = 3
/** Folders whose file system is remembered. */
const MAX_FOLDERS = 1000

/** `files`: paths that the run reads besides its inputs, such as that of a background. */
export async function createClaims(tree: FileTree, files: readonly string[]): Promise<Claims> {
  const { fromOf, toOf, pathKey } = createKeys(tree)
  const inputOf = new Map<string, string>()
  const inputs = new Set<string>()
  const read = new Set(await Promise.all(files.map(pathKey)))
  const isRead = (key: string) => inputs.has(key) || read.has(key)
  const shared = new Set<string>()

  const conflictsAmong = async (jobs: AsyncIterable<Job>): Promise<string[]> => {
    const groups = new Map<string, { output: string; labels: string[] }>()
    for await (const job of jobs) {
      const to = await toOf(job)
      if (!shared.has(to) && !isRead(to)) continue
      const group = groups.get(to) ?? { output: job.output, labels: [] }
      if (groups.size < TOLD || groups.has(to)) groups.set(to, group)
      if (!group.labels.includes(job.label)) group.labels.push(job.label)
    }
    return [...groups].map(([to, { output, labels }]) =>
      isRead(to)
        ? `The result of ${quoted(labels)} would replace the input '${output}'`
        : `${quoted(labels)} would all be written to '${output}'`,
    )
  }

  return {
    get total() {
      return inputOf.size
    },
    get inputs() {
      return inputs.size
    },
    async add(job) {
      const [from, to] = [await fromOf(job), await toOf(job)]
      inputs.add(from)
      const other = inputOf.get(to)
      if (other !== undefined && other !== from) shared.add(to)
      else inputOf.set(to, from)
    },
    async check(jobs) {
      if (shared.size === 0 && ![...inputs, ...read].some((from) => inputOf.has(from))) return
      const conflicts = await conflictsAmong(jobs)
      const advice = shared.size > 0 ? '; --full-names keeps folders and extensions in the names of results' : ''
      throw invalidOptions([{ path: '--output', message: conflicts.join('. ') + advice }])
    },
    async roleOf(path) {
      const key = await pathKey(path)
      return isRead(key) ? 'input' : inputOf.has(key) ? 'result' : null
    },
    async *unique(jobs) {
      const seen = new Set<string>()
      for await (const job of jobs) {
        const to = await toOf(job)
        if (!seen.has(to)) yield job
        seen.add(to)
      }
    },
  }
}

function quoted(labels: readonly string[]): string {
  const names = labels.slice(0, TOLD).map((label) => `'${label}'`)
  if (labels.length > TOLD) return `${names.join(', ')} and ${labels.length - TOLD} more`
  return names.join(' and ')
}

/** Keys under which input and output are one file exactly where the file system says so. */
function createKeys(tree: FileTree) {
  const keyIn = createFileKeys(tree)
  const short = (text: string) => createHash('sha256').update(text).digest('base64').slice(0, 12)
  const pathKey = async (path: string) => short(await keyIn(path))
  return {
    pathKey,
    fromOf: async ({ input }: Job): Promise<string> => (isUrl(input) || input === '-' ? short(input) : pathKey(input)),
    toOf: async ({ output }: Job): Promise<string> => (output === '-' ? short('stdout') : pathKey(output)),
  }
}

interface Folder {
  /** Its own path without links. */
  readonly real: string
  readonly keyOf: (path: string) => string
}

/**
 * Equal keys are one file, there or not: links are followed, and names compare as its file system compares them. Each folder is looked
 * at once.
 */
export function createFileKeys(tree: FileTree): (path: string) => Promise<string> {
  const known = new Map<string, Folder>()
  const look = async (folder: string): Promise<Folder> => {
    const found = { real: await tree.real(folder), keyOf: await tree.nameKey(folder) }
    if (known.size >= MAX_FOLDERS) known.clear()
    known.set(folder, found)
    return found
  }
  return async (path) => {
    const full = resolve(path)
    const folder = dirname(full)
    const { real, keyOf } = known.get(folder) ?? (await look(folder))
    // A link is what it leads to: so it is when it is written to.
    return keyOf((await tree.isLink(full)) ? await tree.real(full) : join(real, basename(full)))
  }
}
