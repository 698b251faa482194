// The watched folder on a real disk: what a scan finds, the names of results, and the events of the system.

import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFolderEvents } from './folder-events.ts'
import { folderScan, jobNamer, stampOf } from './watched-folder.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'koutu-watch-'))
  await mkdir(join(root, 'in/deep'), { recursive: true })
})
afterEach(() => rm(root, { recursive: true }))

const at = (name: string) => join(root, name)
const naming = (output: string) =>
  ({ destination: { type: 'folder', path: at(output) }, extension: 'png', fullNames: false }) as const
const stop = new AbortController()

describe('a scan', () => {
  it('finds images as a folder run does, and none in the output folder', async () => {
    for (const name of ['in/a.jpg', 'in/deep/b.PNG', 'in/.hidden.png', 'in/notes.txt']) await writeFile(at(name), 'x')
    await mkdir(at('in/out'))
    await writeFile(at('in/out/a.png'), 'x')
    using events = openFolderEvents(stop.signal)
    const found = new Map<string, string>()
    const scan = folderScan(at('in'), naming('in/out'), events, () => expect.unreachable())
    const isUnseen = await scan((path, stamp) => found.set(path, stamp))
    expect(isUnseen(at('in/gone.jpg'))).toBe(false)
    expect([...found.keys()]).toEqual([at('in/a.jpg'), at('in/deep/b.PNG')])
    expect(found.get(at('in/a.jpg'))).toBe(await stampOf(at('in/a.jpg')))
    await writeFile(at('in/a.jpg'), 'more')
    expect(await stampOf(at('in/a.jpg'))).not.toBe(found.get(at('in/a.jpg')))
  })

  it('tells once that the folder is away, and goes on when it is back', async () => {
    await writeFile(at('in/a.jpg'), 'x')
    using events = openFolderEvents(stop.signal)
    const told: string[] = []
    const scan = folderScan(at('in'), naming('out'), events, (path, { code }) => told.push(`${path} ${code}`))
    const unseen: boolean[] = []
    const look = async () => unseen.push((await scan(() => {}))(at('in/a.jpg')))
    await rename(at('in'), at('away'))
    await look()
    await look()
    await rename(at('away'), at('in'))
    await look()
    await rename(at('in'), at('away'))
    await look()
    expect(unseen).toEqual([true, true, false, true])
    expect(told).toEqual([`${at('in')} INPUT_NOT_FOUND`, `${at('in')} INPUT_NOT_FOUND`])
  })
})

describe('names of results', () => {
  it('belong to the first image as long as it is there', async () => {
    for (const name of ['in/deep/x.jpg', 'in/deep/x.png']) await writeFile(at(name), 'x')
    const jobFor = await jobNamer(at('in'), naming('out'))
    const output = at('out/deep/x.png')
    for (let i = 0; i < 2; i++) expect(await jobFor(at('in/deep/x.jpg'))).toMatchObject({ output })
    await expect(jobFor(at('in/deep/x.png'))).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
    await rm(at('in/deep/x.jpg'))
    expect(await jobFor(at('in/deep/x.png'))).toMatchObject({ input: at('in/deep/x.png'), output })
  })
})

describe('events', () => {
  // The longest rest is longer than a test may take.
  it('end a rest when a file is written to a folder of the last scan, and an abort does', async () => {
    const abort = new AbortController()
    using events = openFolderEvents(abort.signal)
    const scan = folderScan(at('in'), naming('out'), events, () => expect.unreachable())
    await scan(() => {})
    const rest = events.rest(1, 3_600_000)
    await writeFile(at('in/deep/new.jpg'), 'x')
    await rest
    await scan(() => {})
    const last = events.rest(1, 3_600_000)
    abort.abort()
    await last
    await events.rest(3_600_000, 3_600_000)
  })

  it('are not needed: a folder that cannot be watched is none', async () => {
    using events = openFolderEvents(stop.signal)
    events.beginScan()
    events.add(at('nowhere'))
    events.endScan()
    await events.rest(1, 2)
  })
})
