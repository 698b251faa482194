// The bench: measures koutu beside a peer on this machine, prints every row, and saves raw values and a plot.
// Run: npm run bench [-- --only warm,cold] ; npm run bench:quick
// KOUTU_DATA names the folder of images, else ../shared/data beside the repository.

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { type Context, Skipped } from './context.ts'
import { describeMachine, describeRun } from './machine.ts'
import { PROGRAMS, ROOT, runNode } from './measure/run.ts'
import { installPeer } from './peer.ts'
import { listPictures } from './pictures.ts'
import { plot } from './plot/plot.ts'
import { FAIRNESS, type Results, writeResults } from './results.ts'
import { ROW_IDS, ROWS, type RowId } from './rows/index.ts'
import { FULL, QUICK } from './settings.ts'
import { printTables } from './tables.ts'

const USAGE = `Usage: npm run bench [-- --only ROW,ROW] [-- --quick]

Measures koutu beside a peer on this machine. Prints tables, and saves raw values and a plot in bench/results.

  --only ROW,ROW  Measure these rows only: ${ROW_IDS.join(', ')}.
  --quick         Measure a subset in five minutes (npm run bench:quick).
  -h, --help      Show this help.

KOUTU_DATA names the folder of images. Default: ../shared/data beside the repository.`

const flags = readFlags()
if (flags.help) {
  console.log(USAGE)
  process.exit(0)
}
const data = process.env.KOUTU_DATA ?? join(ROOT, '../shared/data')
if (!existsSync(data)) refuse('expected a folder of images in KOUTU_DATA or ../shared/data but found neither')
// A clone and an installation, networks in a page and the Python peers are more than five minutes allow.
const SLOW: readonly RowId[] = ['fresh', 'browser', 'rembg', 'rembg-server', 'pymatting']
const rows = flags.only ? named(flags.only) : ROW_IDS.filter((id) => !flags.quick || !SLOW.includes(id))

mkdirSync(join(ROOT, 'bench/results'), { recursive: true })
const target = join(ROOT, 'bench/results', new Date().toISOString().slice(0, 19).replaceAll(':', ''))
const machine = describeMachine()
const command = [
  'npm run',
  flags.quick ? 'bench:quick' : 'bench',
  ...(flags.only ? ['-- --only', flags.only] : []),
].join(' ')
const run = describeRun(command)
const folder = await mkdtemp(join(tmpdir(), 'koutu-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const cacheFolder = join(folder, 'cache')
const env = cleanEnvironment()
log('installing the peer, preparing the network')
const peer = await installPeer(env)
await runNode([...PROGRAMS.koutu, join(ROOT, 'examples/photo.jpg'), '-o', join(folder, 'prepared.png')], { env })
const settings = flags.quick ? QUICK : FULL
const context: Context = { settings, pictures: await listPictures(data), folder, cacheFolder, env, log }

let results: Results = { specVersion: 1, machine, peer, fairness: FAIRNESS, rows: {}, skipped: {} }
for (const id of rows) {
  results = await withRow(results, id)
  // After each row: an hour of measuring must not be lost to its last minute.
  writeResults(`${target}.json`, results)
}
await writeFile(`${target}.svg`, plot(results))
console.log(printTables(results))
console.log(`\n${relative(ROOT, target)}.json has all raw values, ${relative(ROOT, target)}.svg the plot`)

async function withRow(before: Results, id: RowId): Promise<Results> {
  const startMs = performance.now()
  const measuredAt = new Date().toISOString()
  try {
    const value = await ROWS[id](context)
    const seconds = Math.round((performance.now() - startMs) / 1000)
    const row = { ...run, value, measuredAt, seconds }
    return { ...before, rows: { ...before.rows, [id]: row } }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log(`${id}: ${reason}`)
    if (!(error instanceof Skipped)) process.exitCode = 1
    const told = error instanceof Skipped ? reason : 'it failed'
    return { ...before, skipped: { ...before.skipped, [id]: told } }
  }
}

/** npm hands its scripts variables that describe this repository; a user's shell has none of them. The peer's runtime sends nothing either. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|KOUTU_)/i.test(name))
  return { ...Object.fromEntries(clean), KOUTU_CACHE_DIR: cacheFolder, ORT_DISABLE_TELEMETRY: '1' }
}

function readFlags() {
  try {
    return parseArgs({
      options: { quick: { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values
  } catch (error) {
    return refuse(`${(error as Error).message}\n\n${USAGE}`)
  }
}

function named(list: string): RowId[] {
  return list.split(',').map((name) => {
    const id = ROW_IDS.find((one) => one === name)
    return id ?? refuse(`expected rows of ${ROW_IDS.join(', ')} but received '${name}'`)
  })
}

function log(line: string): void {
  console.error(line)
}

function refuse(problem: string): never {
  console.error(`bench: ${problem}`)
  process.exit(2)
}
