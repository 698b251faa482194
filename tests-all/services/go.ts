// Builds a program of a Go module with the Go that is here, or a later one that it fetches.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** For a Go that is too old to fetch what a module asks for by itself, which 1.21 and later do. */
const TOOLCHAIN = 'go1.26.8'

/** `module`: a main package and its version. The file at `path` is whole or not there: suites start at the same time. */
export function buildGoProgram(module: string, path: string): void {
  const building = mkdtempSync(`${dirname(path)}-`)
  try {
    const env = { ...process.env, GOBIN: building, GOTOOLCHAIN: 'auto' }
    run(newEnoughGo(), ['install', module], env)
    renameSync(join(building, basename(path)), path)
  } finally {
    rmSync(building, { recursive: true })
  }
}

function newEnoughGo(): string {
  const [, minor = '0'] = /go1\.(\d+)/.exec(run('go', ['version'])) ?? []
  if (Number(minor) >= 21) return 'go'
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const module = `golang.org/toolchain@v0.0.1-${TOOLCHAIN}.${process.platform}-${arch}`
  const { Dir: folder } = JSON.parse(run('go', ['mod', 'download', '-json', module])) as { Dir: string }
  // Modules hold no permissions.
  const tools = join(folder, 'pkg/tool', `${process.platform}_${arch}`)
  for (const program of [...readdirSync(tools).map((name) => join(tools, name)), join(folder, 'bin/go')])
    chmodSync(program, 0o755)
  return join(folder, 'bin/go')
}

/** Its output. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  try {
    return execFileSync(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT') throw new Error('expected Go (Debian: apt-get install golang-go)')
    throw new Error(`go ${args.join(' ')}: ${stderr}`, { cause: error })
  }
}
