// What a published number must name: machine, versions, command, state of the code. No host name, no user, no path.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { env } from '@koutu/node/onnxruntime'
import sharp from 'sharp'
import { ROOT } from './measure/run.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** Of the instructions that decide how fast a network runs, those this processor has. */
  readonly instructions: readonly string[]
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly onnxruntime: string
  readonly sharp: string
  readonly libvips: string
  readonly koutu: string
}

export interface Run {
  readonly command: string
  /** Of the working tree: short commit, with '+' where files had been changed. */
  readonly commit: string
  /** Mean number of busy threads in the minute before the bench: above about 0.2, somebody else was working. */
  readonly loadBefore: number
}

const INSTRUCTIONS = [
  'avx2',
  'avx512f',
  'avx512bw',
  'avx_vnni',
  'avx512_vnni',
  'avx_vnni_int8',
  'amx_int8',
  'asimddp',
  'i8mm',
]

export function describeMachine(): Machine {
  const { version } = createRequire(import.meta.url)('koutu/package.json') as { version: string }
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    instructions: instructions(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    onnxruntime: env.versions.node ?? env.versions.common,
    sharp: sharp.versions.sharp ?? 'unknown',
    libvips: sharp.versions.vips,
    koutu: version,
  }
}

export function describeRun(command: string): Run {
  return { command, commit: commit(), loadBefore: loadavg()[0]! }
}

function instructions(): string[] {
  let text = ''
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    // Other systems keep no such file.
  }
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(' '))
  return INSTRUCTIONS.filter((name) => flags.has(name))
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+')
  } catch {
    return 'unknown'
  }
}
