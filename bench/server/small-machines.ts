// How little memory is enough: the command and the server in memory control groups of falling size, without swap. Needs root on
// Linux. Prints the peak of each group and what became of the images.
//
//   node bench/server/small-machines.ts [--from 384] [--to 1024] [--step 128]

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { createMemoryGroup } from '../../tests-all/services/memory-group.ts'
import { askAtOnce, startSmallServer } from '../../tests-all/services/small-server.ts'
import { flag } from './server-process.ts'

const ROOT = join(import.meta.dirname, '../..')
const COMMAND = join(ROOT, 'packages/koutu/bin/koutu.js')
const MB = 2 ** 20
const [FROM, TO, STEP] = [flag('from', 384), flag('to', 1024), flag('step', 128)]

const photoOf = async (width: number, height: number) =>
  new Uint8Array(await sharp(join(ROOT, 'examples/photo.jpg')).resize(width, height).jpeg({ quality: 90 }).toBuffer())
const folder = mkdtempSync(join(tmpdir(), 'koutu-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const [small, large] = [await photoOf(1500, 1125), await photoOf(4032, 3024)]
for (let i = 0; i < 6; i++) await sharp(i < 2 ? large : small).toFile(join(folder, `${i}.jpg`))

interface Row {
  readonly limitMb: number
  readonly task: string
  readonly outcome: string
  readonly peakMb: number
  readonly kills: number
}

async function folderIn(limitMb: number): Promise<Row> {
  using group = createMemoryGroup(limitMb * MB)
  const args = [COMMAND, folder, '-o', `${folder}/out/`, '--overwrite', '--quiet']
  const child = group.spawn(process.execPath, args, { stdio: 'ignore' })
  const end = await new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  )
  return { limitMb, task: 'folder of 6', outcome: String(end), ...facts(group) }
}

async function serverIn(limitMb: number): Promise<Row> {
  using group = createMemoryGroup(limitMb * MB)
  const outcome = await answersIn(group).catch((error: Error) => error.message)
  return { limitMb, task: 'server, 8 clients and 2 x 12 MP', outcome, ...facts(group) }
}

async function answersIn(group: ReturnType<typeof createMemoryGroup>): Promise<string> {
  await using server = await startSmallServer(group, [])
  const statuses = await askAtOnce(server, [...Array<typeof small>(8).fill(small), large, large])
  return `${statuses.filter((status) => status === 200).length} of ${statuses.length} answered`
}

function facts({ peakBytes, kills }: ReturnType<typeof createMemoryGroup>): Pick<Row, 'peakMb' | 'kills'> {
  return { peakMb: Math.round(peakBytes / MB), kills }
}

const rows: Row[] = []
for (let limit = FROM; limit <= TO; limit += STEP) rows.push(await folderIn(limit), await serverIn(limit))
console.table(rows)
