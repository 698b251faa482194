// Builds a program of a Go module with the Go that is here, or a later one that it fetches.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** For a Go that is too old to fetch what a module asks for by itself, which 1.21 and later do. */
const TOOLCHAIN = 'go1.26.8'

/**
 * The path of the program of `module`, a main package and its version. The first time it takes Go some minutes. What is there is
 * whole: suites start at the same time.
 */
export async function goProgram(module: string): Promise<string> {
  const [name = '', version = ''] = basename(module).split('@')
  const path = join(tmpdir(), `koutu-${name}-${version}`, name)
  if (existsSync(path)) return path
  await mkdir(dirname(path), { recursive: true })
  const building = await mkdtemp(`${dirname(path)}-`)
  try {
    await run(await newEnoughGo(), ['install', module], { ...process.env, GOBIN: building, GOTOOLCHAIN: 'auto' })
    await rename(join(building, name), path)
  } finally {
    await rm(building, { recursive: true })
  }
  return path
}

/** The folder of a module's files. */
export async function goModule(module: string): Promise<string> {
  const env = { ...process.env, GOTOOLCHAIN: 'auto' }
  return (JSON.parse(await run('go', ['mod', 'download', '-json', module], env)) as { Dir: string }).Dir
}

async function newEnoughGo(): Promise<string> {
  const [, minor = '0'] = /go1\.(\d+)/.exec(await run('go', ['version'])) ?? []
  if (Number(minor) >= 21) return 'go'
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const folder = await goModule(`golang.org/toolchain@v0.0.1-${TOOLCHAIN}.${process.platform}-${arch}`)
  // Modules hold no permissions.
  const tools = join(folder, 'pkg/tool', `${process.platform}_${arch}`)
  const programs = (await readdir(tools)).map((name) => join(tools, name))
  for (const program of [...programs, join(folder, 'bin/go')]) await chmod(program, 0o755)
  return join(folder, 'bin/go')
}

/** Its output. */
async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  try {
    // Outside any module of its own.
    const { stdout } = await promisify(execFile)(program, args, { env, cwd: tmpdir(), maxBuffer: 2 ** 24 })
    return stdout
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT') throw new Error('expected Go (Debian: apt-get install golang-go)')
    throw new Error(`go ${args.join(' ')}: ${stderr}`, { cause: error })
  }
}
