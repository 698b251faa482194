// Fills the git-ignored `weights` folder of a model pack before it is published: npm's `prepack` calls this.
//   node tools/pack-weights.ts int8|fp16

import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findModel } from '@koutu/core'
import { createModelStore, packGraphs } from '@koutu/node'

const MODEL = 'isnet-general-use'
const PACKAGES = join(import.meta.dirname, '../packages')
const kind = process.argv[2]

const cacheDir = await mkdtemp(join(tmpdir(), 'koutu-weights-'))
try {
  // The pieces of the published file, not graphs that an earlier run has left.
  const importPack = () => import('@koutu/model-isnet-fp16')
  const store = createModelStore({ cacheDir, offline: true, importPack })
  const manifest = findModel(MODEL)
  if (kind === 'int8') {
    await packGraphs({ store, manifest, folder: join(PACKAGES, 'model-isnet/weights') })
  } else if (kind === 'fp16') {
    const { path } = await store.ensure(manifest)
    const folder = join(PACKAGES, 'model-isnet-fp16/weights')
    await mkdir(folder, { recursive: true })
    await copyFile(path, join(folder, `${MODEL}-fp16.onnx`))
  } else {
    throw new Error(`expected int8 or fp16 but received ${kind}`)
  }
} finally {
  await rm(cacheDir, { recursive: true })
}
