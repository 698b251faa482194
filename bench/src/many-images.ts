// A folder of very many small images through the real command, with a network that costs nothing: what plan, resume and memory take.
//
//   node bench/src/many-images.ts [--images 10000]
//
// Prints memory while so many images were done, the time of a run that finds everything done, and what is left to do where the
// first run was interrupted. Linux.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DATA_TYPE, encodeModel, makeGraph, makeModel, makeNode, makeValueInfo } from '@koutu/node'
import sharp from 'sharp'
import { residentMemory } from './measure/process-memory.ts'

const COMMAND = join(import.meta.dirname, '../../packages/koutu/bin/koutu.js')
const at = process.argv.indexOf('--images')
const IMAGES = at < 0 ? 10_000 : Number(process.argv[at + 1])
const PER_FOLDER = 100
const SAMPLE_EVERY = 100

const folder = mkdtempSync(join(tmpdir(), 'koutu-many-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
const [input, output, model] = ['in', 'out', 'network.onnx'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
]

/** Alpha is the brightness of a pixel. */
function writeNetwork(): void {
  const size = 32
  const graph = makeGraph('brightness', {
    node: [makeNode('ReduceMean', ['in'], ['out'], { axes: [1n], keepdims: 1n })],
    input: [makeValueInfo('in', DATA_TYPE.float32, [1, 3, size, size])],
    output: [makeValueInfo('out', DATA_TYPE.float32, [1, 1, size, size])],
    initializer: [],
  })
  writeFileSync(model, encodeModel(makeModel(graph, 15)))
  const side = { width: size, height: size }
  const facts = { input: { ...side, mean: [0, 0, 0], std: [1, 1, 1] }, output: { kind: 'prob' } }
  writeFileSync(`${model}.json`, JSON.stringify(facts))
}

async function writeImages(): Promise<void> {
  const square = { create: { width: 32, height: 24, channels: 3, background: 'white' } } as const
  const image = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'black' } })
    .composite([{ input: square, left: 16, top: 12 }])
    .png()
    .toBuffer()
  for (let i = 0; i < IMAGES; i++) {
    const inner = join(input, String(Math.floor(i / PER_FOLDER)).padStart(4, '0'))
    if (i % PER_FOLDER === 0) mkdirSync(inner, { recursive: true })
    writeFileSync(join(inner, `${String(i).padStart(6, '0')}.png`), image)
  }
}

interface Run {
  readonly seconds: number
  /** Until the first image was done. */
  readonly firstSeconds: number
  readonly done: number
  readonly skipped: number
  /** Of the command's own process, by images done. */
  readonly memoryMib: ReadonlyMap<number, number>
}

/** `stopAfter`: images after which it is interrupted as with Ctrl-C. */
async function runCommand(stopAfter = Number.POSITIVE_INFINITY): Promise<Run> {
  const begin = performance.now()
  const args = [COMMAND, input, '-o', `${output}/`, '--model', model, '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const memoryMib = new Map<number, number>()
  let settled = 0
  let firstSeconds = 0
  let summary = { done: 0, skipped: 0 }
  for await (const line of createInterface(child.stdout)) {
    const told = JSON.parse(line) as { readonly type: string; readonly done: number; readonly skipped: number }
    if (told.type === 'summary') summary = told
    if (told.type !== 'result') continue
    settled++
    if (settled === 1) firstSeconds = (performance.now() - begin) / 1000
    if (settled % SAMPLE_EVERY === 0) memoryMib.set(settled, residentMemory(child.pid!).rootMib)
    if (settled === stopAfter) child.kill('SIGINT')
  }
  const { done, skipped } = summary
  return { seconds: (performance.now() - begin) / 1000, firstSeconds, done, skipped, memoryMib }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Around a tenth, a half and all of the images. */
function shares({ memoryMib }: Run, of: number): Record<string, number> {
  const found = [0.1, 0.5, 1].map((share) => {
    const until = share * of
    const near = [...memoryMib].filter(([done]) => done > until - of / 10 && done <= until).map(([, mib]) => mib)
    return [`memory at ${until}, MiB`, Math.round(mean(near))] as const
  })
  return Object.fromEntries(found)
}

writeNetwork()
await writeImages()
const first = await runCommand(IMAGES / 2)
const second = await runCommand()
const third = await runCommand()
console.log(
  JSON.stringify(
    {
      images: IMAGES,
      interrupted: { done: first.done, seconds: first.seconds, ...shares(first, IMAGES / 2) },
      resumed: { done: second.done, skipped: second.skipped, seconds: second.seconds, ...shares(second, IMAGES) },
      nothingToDo: {
        skipped: third.skipped,
        firstSeconds: third.firstSeconds,
        seconds: third.seconds,
        ...shares(third, IMAGES),
      },
    },
    null,
    2,
  ),
)
