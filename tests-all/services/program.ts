// A program of ours in a process of its own, to be killed, frozen, and lied to.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

export interface Program {
  readonly child: ChildProcess
  /** Resolves with what the line says when the program has written it, or with undefined when it has ended. */
  readonly ready: Promise<string | undefined>
}

const running = new Set<ChildProcess>()

/** `line`: what it writes when it is ready. */
export function startProgram(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
  line = /(ready)/,
): Program {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  let text = ''
  const ready = new Promise<string | undefined>((resolve) => {
    child.stdout!.on('data', (chunk) => {
      text += chunk
      const found = line.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.on('exit', () => {
      running.delete(child)
      resolve(undefined)
    })
  })
  return { child, ready }
}

export async function killProgram({ child }: Program): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** What a failed test has left. */
export function killAllPrograms(): void {
  for (const child of running) child.kill('SIGKILL')
}

interface Descendant {
  readonly pid: number
  readonly command: string
}

/** The processes that it has started, and theirs. Linux only. */
export function descendantsOf({ child }: Program): Descendant[] {
  return [...descendants(child.pid!)]
}

function* descendants(pid: number): Iterable<Descendant> {
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean)
    for (const child of children.map(Number)) {
      yield { pid: child, command: readFileSync(`/proc/${child}/cmdline`, 'utf8').replaceAll('\0', ' ') }
      yield* descendants(child)
    }
  }
}
