// What tests of the command share: a folder for each case, a tiny network in place of the real one, and two ways to run a command
// line: in a process of its own, as people do, or in this one, which is enough where nothing is cut out.

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { buildTestModel, type FinishedProcess, type RunProcessOptions, runNode } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, vi } from 'vitest'
import { runProgram } from './program.ts'

export const BIN = join(import.meta.dirname, '../../bin/koutu.js')
const SIZE = 32

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** 64 x 48, black with a white square from (16, 12) to (48, 36): the tiny network takes brightness for alpha. */
async function whiteSquare(): Promise<Buffer> {
  const square = { create: { width: 32, height: 24, channels: 3, background: 'white' } } as const
  return sharp({ create: { width: 64, height: 48, channels: 3, background: 'black' } })
    .composite([{ input: square, left: 16, top: 12 }])
    .png()
    .toBuffer()
}

export class CommandBench {
  /** The image of a white square. */
  photo: Buffer = Buffer.alloc(0)
  /** Of the current case. */
  folder = ''
  /** Path of the tiny network. */
  model = ''
  /** Holds the folders of all cases, and the cache. */
  root = ''

  /** In a process of its own. */
  koutu(args: readonly string[], options: RunProcessOptions = {}): Promise<FinishedProcess> {
    return runNode([BIN, ...args], { cwd: this.folder, ...options })
  }

  withModel(...args: string[]): Promise<FinishedProcess> {
    return this.koutu(['--model', this.model, ...args])
  }

  /** In this process, with the case's folder as the working folder. */
  async here(...args: string[]): Promise<Finished> {
    const before = process.cwd()
    process.chdir(this.folder)
    try {
      const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
      const { signal } = new AbortController()
      const code = await runProgram(args, { stdin, stdout, stderr, signal, version: '0.0.0' })
      return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') }
    } finally {
      process.chdir(before)
    }
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  async put(name: string, bytes: Uint8Array | string = this.photo): Promise<void> {
    await mkdir(join(this.folder, name, '..'), { recursive: true })
    await writeFile(this.path(name), bytes)
  }

  /** Names of all files below the case's folder. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return paths.map((path) => path.slice(this.folder.length + 1)).sort()
  }
}

/** One for a file of tests, with a fresh folder for each case. */
export function commandBench(): CommandBench {
  const bench = new CommandBench()
  beforeAll(async () => {
    bench.root = await mkdtemp(join(tmpdir(), 'koutu-command-'))
    bench.model = join(bench.root, 'tiny.onnx')
    await writeFile(bench.model, buildTestModel({ kind: 'prob', size: SIZE }))
    const input = { width: SIZE, height: SIZE, mean: [0, 0, 0], std: [1, 1, 1] }
    await writeFile(`${bench.model}.json`, JSON.stringify({ input, output: { kind: 'prob' } }))
    bench.photo = await whiteSquare()
    vi.stubEnv('KOUTU_CACHE_DIR', join(bench.root, 'cache'))
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await rm(bench.root, { recursive: true })
  })
  beforeEach(async () => {
    bench.folder = await mkdtemp(join(bench.root, 'case-'))
  })
  return bench
}
