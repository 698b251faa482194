// Runs a program under strace and tells which sockets it asked for and which files it tried to change. Linux only.

import { execFileSync, spawn } from 'node:child_process'
import { readFile, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'

/** System calls that change what a path names. `openat` is judged by its flags. */
const CHANGING = [
  'creat',
  'mkdir',
  'mkdirat',
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
]
  .concat(['unlink', 'unlinkat', 'rmdir', 'truncate', 'mknod', 'mknodat', 'chmod', 'fchmodat', 'chown', 'lchown'])
  .concat(['fchownat', 'utimensat', 'setxattr', 'open', 'openat', 'openat2'])

export interface Traced {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** `socket`, `connect`, `bind` and `sendto` calls of address families that leave the process tree, as strace wrote them. */
  readonly network: readonly string[]
  /** Absolute paths that were changed or would have been, had the system let it. */
  readonly changed: readonly string[]
}

export interface TraceOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Where strace writes. */
  readonly log: string
  /** Called once with the program's process id and its first lines of output. */
  readonly onOutput?: (stdout: string, pid: number) => void
}

/** Null where strace is installed and may trace, else the reason. */
export function whyNoTrace(): string | null {
  try {
    execFileSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' })
    return null
  } catch {
    return 'strace is not installed or may not trace'
  }
}

export async function trace(command: readonly string[], options: TraceOptions): Promise<Traced> {
  const calls = ['%network', ...CHANGING.map((call) => `?${call}`)].join(',')
  // The whole process group gets a signal meant for the program: strace passes none on.
  const child = spawn('strace', ['-f', '-qq', '-s', '4096', '-e', `trace=${calls}`, '-o', options.log, ...command], {
    env: options.env,
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    stdout += piece
    options.onOutput?.(stdout, child.pid!)
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece
  })
  const exitCode = await new Promise<number | null>((done) => child.once('close', done))
  const lines = (await readFile(options.log, 'utf8')).split('\n')
  const cwd = await realpath(options.cwd)
  return {
    exitCode,
    stdout,
    stderr,
    network: lines.filter(isNetwork),
    changed: [...new Set(lines.flatMap((line) => changedBy(line, cwd)))].sort(),
  }
}

/** Pairs of connected sockets are how processes of one tree talk; names in the file system are files (`changed`). */
function isNetwork(line: string): boolean {
  return (
    (/\bsocket\((?!AF_UNIX)/.test(line) || /\b(connect|bind|sendto|sendmsg)\(.*sa_family=AF_/.test(line)) &&
    !/\b(bind|connect)\(.*sa_family=AF_UNIX/.test(line)
  )
}

function changedBy(line: string, cwd: string): readonly string[] {
  const [, call = '', args = ''] = /^\d+\s+(\w+)\((.*)/.exec(line) ?? []
  const named = [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => resolve(cwd, match[1]!))
  if ((call === 'bind' || call === 'connect') && args.includes('sa_family=AF_UNIX'))
    return [...args.matchAll(/sun_path=@?"([^"]*)"/g)].map((match) => resolve(cwd, match[1]!))
  if (!CHANGING.includes(call)) return []
  const isOpen = call.startsWith('open')
  return isOpen && !/O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE/.test(args) ? [] : named
}
