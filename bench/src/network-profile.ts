// What each millisecond of the default network is: onnxruntime's own profile of the int8 graph, node by node, as tables in Markdown.
//
//   node bench/src/network-profile.ts [--runs 12]
//
// Each node counts with its shortest run. Times mean something on a quiet machine only.

import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Options, resolve } from '@koutu/core'
import {
  cacheDir,
  createModelLocator,
  createModelStore,
  createProcessorTrial,
  decodeModel,
  findRecipe,
  tryProcessor,
} from '@koutu/node'
import { InferenceSession, Tensor } from '@koutu/node/onnxruntime'
import { groupNodes, type ProfiledNode, profiledNodes } from './network/profile.ts'

const at = process.argv.indexOf('--runs')
const RUNS = at < 0 ? 12 : Number(process.argv[at + 1])
const LISTED = 10

const folder = mkdtempSync(join(tmpdir(), 'koutu-profile-'))
process.once('exit', () => rmSync(folder, { recursive: true }))

const caches = cacheDir()
const locate = createModelLocator({
  store: createModelStore({ cacheDir: caches, offline: true, importPack: (name) => import(name) }),
  trial: createProcessorTrial({ cacheDir: caches, run: tryProcessor }),
  findRecipe: (id, sha256) => findRecipe(caches, id, sha256),
})
const { file } = await locate(resolve(Options.parse({ precision: 'int8' })).subject, {})
// As open-session.ts opens it.
const session = await InferenceSession.create(file.path, {
  executionProviders: ['cpu'],
  intraOpNumThreads: availableParallelism(),
  graphOptimizationLevel: 'disabled',
  enableMemPattern: false,
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
  enableProfiling: true,
  profileFilePrefix: join(folder, 'profile'),
})
const { width, height } = file.input
const pixels = new Tensor('uint8', new Uint8Array(width * height * 3).fill(100), [1, height, width, 3])
for (let run = 0; run < RUNS; run++) await session.run({ [session.inputNames[0]!]: pixels })
session.endProfiling()
const [written = ''] = globSync('profile*.json', { cwd: folder })
const nodes = profiledNodes(
  JSON.parse(readFileSync(join(folder, written), 'utf8')),
  decodeModel(readFileSync(file.path)),
)
const total = nodes.reduce((sum, { ms }) => sum + ms, 0)
const share = (ms: number) => `${((100 * ms) / total).toFixed(1)} %`

console.log(`${file.id}, int8, ${availableParallelism()} threads, ${nodes.length} nodes, ${total.toFixed(0)} ms\n`)
console.log('| what | nodes | ms | share | Gop/s |\n| --- | --- | --- | --- | --- |')
for (const { what, count, ms, gigaOperations } of groupNodes(nodes)) {
  const speed = gigaOperations > 0 ? ((gigaOperations / ms) * 1000).toFixed(0) : ''
  console.log(`| ${what} | ${count} | ${ms.toFixed(1)} | ${share(ms)} | ${speed} |`)
}
console.log(`\n| the ${LISTED} longest nodes | what | ms | share |\n| --- | --- | --- | --- |`)
const longest = nodes.toSorted((a: ProfiledNode, b: ProfiledNode) => b.ms - a.ms).slice(0, LISTED)
for (const { name, what, ms } of longest) console.log(`| \`${name}\` | ${what} | ${ms.toFixed(1)} | ${share(ms)} |`)
