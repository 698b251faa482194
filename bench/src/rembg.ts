// Installs rembg in a virtual environment of its own, and gives it the weights that koutu runs, in 32-bit floats.

import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Skipped } from './context.ts'
import { PROGRAMS, ROOT, run, runNode } from './measure/run.ts'

const FOLDER = join(ROOT, 'bench/peers/rembg')
const VENV = join(FOLDER, '.venv')
const EXAMPLE = join(ROOT, 'examples/photo.jpg')

export interface Rembg {
  readonly version: string
  readonly onnxruntime: string
  readonly pymatting: string
  /** The command, and the interpreter that its loop runs in. */
  readonly command: string
  readonly python: string
  readonly loop: string
  readonly matte: string
  readonly env: NodeJS.ProcessEnv
}

/** Of both, by rembg's name for it. */
export const MODEL = 'isnet-general-use'

/** What is measured: koutu, rembg, and rembg with alpha matting. */
export const VARIANTS = ['koutu', 'plain', 'matting'] as const
export type Variant = (typeof VARIANTS)[number]

let installed: Promise<Rembg> | undefined

/** Once for all rows of a run. Errors: `Skipped` where there is no Python. */
export function installRembg(env: NodeJS.ProcessEnv, folder: string, cacheFolder: string): Promise<Rembg> {
  installed ??= install(env, folder, cacheFolder)
  return installed
}

async function install(env: NodeJS.ProcessEnv, folder: string, cacheFolder: string): Promise<Rembg> {
  const python = join(VENV, 'bin/python')
  if (!existsSync(python)) {
    await run('python3', ['-m', 'venv', VENV], { env }).catch((cause: unknown) => {
      throw new Skipped(`rembg needs python3 with venv: ${String(cause)}`)
    })
  }
  await run(python, ['-m', 'pip', 'install', '-q', '-r', join(FOLDER, 'requirements.txt')], { env })
  const models = join(folder, 'rembg-models')
  await mkdir(models)
  await giveWeights(models, env, folder, cacheFolder)
  const { stdout } = await run(
    python,
    ['-c', 'import importlib.metadata as m; print(*map(m.version, ("rembg", "onnxruntime", "pymatting")))'],
    { env },
  )
  const [version = '', onnxruntime = '', pymatting = ''] = stdout.trim().split(' ')
  const rembg: Rembg = {
    version,
    onnxruntime,
    pymatting,
    command: join(VENV, 'bin/rembg'),
    python,
    loop: join(FOLDER, 'loop.py'),
    matte: join(FOLDER, 'matte.py'),
    // Where rembg looks for models. Ours is no download of its own, whose checksum it knows.
    env: { ...env, U2NET_HOME: models, MODEL_CHECKSUM_DISABLED: '1' },
  }
  // What it compiles at first use it keeps, as koutu does.
  const once = ['i', '-m', MODEL, '-a', EXAMPLE, join(folder, 'rembg-once.png')]
  await run(rembg.command, once, { env: rembg.env })
  return rembg
}

/** koutu's graph for `--precision fp32`: the float16 export with its tensors widened, which any onnxruntime reads. */
async function giveWeights(models: string, env: NodeJS.ProcessEnv, folder: string, cacheFolder: string): Promise<void> {
  const prepared = join(cacheFolder, 'models', MODEL)
  const before = new Set(existsSync(prepared) ? await readdir(prepared) : [])
  const out = join(folder, 'rembg-prepared.png')
  await runNode([...PROGRAMS.koutu, EXAMPLE, '--precision', 'fp32', '-o', out], { env })
  const made = (await readdir(prepared)).filter(
    (name) => !before.has(name) && /^prepared-.*\.(?:onnx|data)$/.test(name),
  )
  const [graph, data] = ['.onnx', '.data'].map((ending) => made.filter((name) => name.endsWith(ending)))
  if (graph?.length !== 1 || data?.length !== 1) throw new Error(`expected one new graph but found ${made.join(', ')}`)
  await copyFile(join(prepared, graph[0]!), join(models, `${MODEL}.onnx`))
  // The graph names this file.
  await copyFile(join(prepared, data[0]!), join(models, data[0]!))
}
