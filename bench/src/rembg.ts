// Installs rembg in a virtual environment of its own, and gives it the weights that koutu runs, in 32-bit floats.

import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Skipped } from './context.ts'
import { PROGRAMS, ROOT, run, runNode } from './measure/run.ts'

const FOLDER = join(ROOT, 'bench/peers/rembg')
const VENV = join(FOLDER, '.venv')

export interface Rembg {
  readonly version: string
  readonly onnxruntime: string
  /** The command, and the interpreter that its loop runs in. */
  readonly command: string
  readonly python: string
  readonly loop: string
  readonly env: NodeJS.ProcessEnv
}

/** Errors: `Skipped` where there is no Python. */
export async function installRembg(env: NodeJS.ProcessEnv, folder: string, cacheFolder: string): Promise<Rembg> {
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
    ['-c', 'import importlib.metadata as m; print(m.version("rembg"), m.version("onnxruntime"))'],
    { env },
  )
  const [version = '', onnxruntime = ''] = stdout.trim().split(' ')
  return {
    version,
    onnxruntime,
    command: join(VENV, 'bin/rembg'),
    python,
    loop: join(FOLDER, 'loop.py'),
    // Where rembg looks for models. Ours is no download of its own, whose checksum it knows.
    env: { ...env, U2NET_HOME: models, MODEL_CHECKSUM_DISABLED: '1' },
  }
}

/** koutu's graph for `--precision fp32`: the float16 export with its tensors widened, which any onnxruntime reads. */
async function giveWeights(models: string, env: NodeJS.ProcessEnv, folder: string, cacheFolder: string): Promise<void> {
  const prepared = join(cacheFolder, 'models/isnet-general-use')
  const before = new Set(existsSync(prepared) ? await readdir(prepared) : [])
  const image = join(ROOT, 'examples/photo.jpg')
  const out = join(folder, 'rembg-prepared.png')
  await runNode([...PROGRAMS.koutu, image, '--precision', 'fp32', '-o', out], { env })
  const made = (await readdir(prepared)).filter(
    (name) => !before.has(name) && /^prepared-.*\.(?:onnx|data)$/.test(name),
  )
  const [graph, data] = ['.onnx', '.data'].map((ending) => made.filter((name) => name.endsWith(ending)))
  if (graph?.length !== 1 || data?.length !== 1) throw new Error(`expected one new graph but found ${made.join(', ')}`)
  await copyFile(join(prepared, graph[0]!), join(models, 'isnet-general-use.onnx'))
  // The graph names this file.
  await copyFile(join(prepared, data[0]!), join(models, data[0]!))
}
