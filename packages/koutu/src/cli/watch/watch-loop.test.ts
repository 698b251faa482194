// The loop of `koutu watch` on a folder, a clock and events that are drawn, against what it promises. Nothing sleeps.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { watchFiles } from './watch-loop.ts'

interface Run {
  readonly path: string
  /** What the file held when it was read. */
  readonly content: string
  readonly atMs: number
  /** Time since it was written. */
  readonly stillMs: number
}

/** Time goes on while the loop rests. */
class FakeFolder {
  readonly files = new Map<string, { content: string; changedMs: number }>()
  readonly runs: Run[] = []
  nowMs = 0
  busiest = 0
  scans = 0
  /** While this is set, no file is seen. */
  isUnreadable = false
  readonly #plans: { atMs: number; act: () => void }[] = []
  readonly #running = new Set<string>()
  readonly #stop = new AbortController()
  #hasChanged = false
  #lastMs = 0

  at(atMs: number, act: () => void): void {
    this.#plans.push({ atMs, act })
  }

  write(atMs: number, path: string, content: string): void {
    this.#change(atMs, () => this.files.set(path, { content, changedMs: this.nowMs }))
  }

  remove(atMs: number, path: string): void {
    this.#change(atMs, () => this.files.delete(path))
  }

  #change(atMs: number, act: () => void): void {
    this.at(atMs, () => {
      act()
      this.#hasChanged = true
    })
  }

  /** Each file takes `runMs`. Ends when nothing has happened for a while. `isEventful`: whether the system tells of changes. */
  async watch({ settleMs = 1000, concurrency = 2, runMs = 10, isEventful = true } = {}): Promise<number> {
    const settings = { settleMs, concurrency, signal: this.#stop.signal }
    return watchFiles(settings, {
      now: () => this.nowMs,
      scan: async (see) => {
        this.#hasChanged = false
        this.scans++
        if (this.isUnreadable) return () => true
        for (const path of this.files.keys()) see(path, this.#stampOf(path)!)
        return () => false
      },
      stampOf: async (path) => (this.isUnreadable ? null : this.#stampOf(path)),
      run: (path) => this.#run(path, runMs),
      rest: async (minMs, maxMs) => {
        expect(maxMs).toBeGreaterThanOrEqual(minMs)
        const endMs = this.nowMs + maxMs
        await this.#passUntil(this.nowMs + minMs, () => false)
        await this.#passUntil(endMs, () => isEventful && this.#hasChanged)
        if (this.#plans.length === 0 && this.nowMs > this.#lastMs + 20_000) this.#stop.abort()
      },
    })
  }

  #stampOf(path: string): string | null {
    const file = this.files.get(path)
    return file ? `${file.content} ${file.changedMs}` : null
  }

  async #run(path: string, runMs: number): Promise<void> {
    const { content, changedMs } = this.files.get(path)!
    expect(this.#running.has(path)).toBe(false)
    this.#running.add(path)
    this.busiest = Math.max(this.busiest, this.#running.size)
    this.runs.push({ path, content, atMs: this.nowMs, stillMs: this.nowMs - changedMs })
    await new Promise<void>((resolve) => this.at(this.nowMs + runMs, resolve))
    this.#running.delete(path)
  }

  /** Lets happen what happens until then, or until `isOver`. */
  async #passUntil(endMs: number, isOver: () => boolean): Promise<void> {
    // What was started has begun before anything else happens.
    await new Promise(setImmediate)
    while (!isOver()) {
      const next = this.#plans.sort((a, b) => a.atMs - b.atMs)[0]
      if (!next || next.atMs > endMs) {
        this.nowMs = Math.max(this.nowMs, endMs)
        return
      }
      this.#plans.shift()
      this.nowMs = Math.max(this.nowMs, next.atMs)
      this.#lastMs = this.nowMs
      next.act()
      await new Promise(setImmediate)
    }
  }
}

const contents = ({ runs }: FakeFolder) => runs.map(({ path, content }) => `${path} ${content}`)

describe('the loop of koutu watch', () => {
  it('reads a file when it is whole', async () => {
    const folder = new FakeFolder()
    for (let part = 1; part <= 9; part++) folder.write(part * 700, 'slow.jpg', `${part} of 9`)
    await folder.watch()
    expect(contents(folder)).toEqual(['slow.jpg 9 of 9'])
    expect(folder.runs[0]!.atMs).toBeGreaterThanOrEqual(7300)
  })

  it('takes a file that is renamed into place, under its last name alone', async () => {
    const folder = new FakeFolder()
    folder.write(0, 'a.jpg.part.png', 'whole')
    folder.remove(300, 'a.jpg.part.png')
    folder.write(300, 'a.jpg', 'whole')
    await folder.watch()
    expect(contents(folder)).toEqual(['a.jpg whole'])
  })

  it('processes a file once more when it has changed meanwhile, and once only', async () => {
    const folder = new FakeFolder()
    folder.write(0, 'a.jpg', 'first')
    folder.write(2000, 'a.jpg', 'second')
    folder.write(2500, 'a.jpg', 'third')
    await folder.watch({ runMs: 10_000 })
    expect(contents(folder)).toEqual(['a.jpg first', 'a.jpg third'])
  })

  it('looks again when the turn of a file comes: it may have changed since the scan', async () => {
    const folder = new FakeFolder()
    for (const name of ['a', 'b']) folder.write(0, name, 'first')
    folder.write(6300, 'b', 'second')
    await folder.watch({ concurrency: 1, runMs: 600, isEventful: false })
    expect(contents(folder)).toEqual(['a first', 'b second'])
    expect(folder.runs[1]!.stillMs).toBeGreaterThanOrEqual(1000)
  })

  it('drops what is gone before its turn, and takes it when it is back', async () => {
    const folder = new FakeFolder()
    for (const name of ['a', 'b', 'c']) folder.write(0, name, 'there')
    folder.remove(3000, 'b')
    folder.remove(3000, 'c')
    folder.write(60_000, 'c', 'again')
    await folder.watch({ concurrency: 1, runMs: 20_000 })
    expect(contents(folder)).toEqual(['a there', 'c again'])
  })

  it('does nothing twice after the folder was away', async () => {
    const folder = new FakeFolder()
    for (const name of ['a', 'b']) folder.write(0, name, 'there')
    folder.write(3900, 'late', 'not due yet')
    folder.at(4500, () => {
      folder.isUnreadable = true
    })
    folder.at(30_000, () => {
      folder.isUnreadable = false
      // It is not asked for more often than a quiet one.
      expect(folder.scans).toBeLessThan(20)
    })
    folder.write(31_000, 'c', 'new')
    await folder.watch()
    expect(contents(folder)).toEqual(['a there', 'b there', 'late not due yet', 'c new'])
  })

  it('finds changes without events', async () => {
    const folder = new FakeFolder()
    folder.write(1, 'a', 'x')
    folder.write(20_000, 'b', 'y')
    await folder.watch({ isEventful: false })
    expect(contents(folder)).toEqual(['a x', 'b y'])
    expect(folder.runs[1]!.atMs).toBeLessThanOrEqual(27_000)
  })

  it('holds a run of what was started when it is stopped, and tells how much was not', async () => {
    const stop = new AbortController()
    const started: string[] = []
    let nowMs = 0
    const waiting = await watchFiles(
      { settleMs: 1000, concurrency: 2, signal: stop.signal },
      {
        now: () => nowMs,
        scan: async (see) => {
          for (const path of ['a', 'b', 'c', 'd', 'e']) see(path, 'x')
          return () => false
        },
        stampOf: async () => 'x',
        run: (path) => {
          started.push(path)
          return new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
        },
        rest: async (_, maxMs) => {
          nowMs += maxMs
          await new Promise(setImmediate)
          if (started.length > 0) stop.abort()
        },
      },
    )
    expect(started).toEqual(['a', 'b'])
    expect(waiting).toBe(3)
  })

  it('processes the last content of every file, whole, once, within its bounds', async () => {
    const step = fc.record({
      atMs: fc.integer({ min: 0, max: 20_000 }),
      path: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      isRemoved: fc.boolean(),
    })
    const settings = fc.record({
      settleMs: fc.constantFrom(200, 1000, 3000),
      concurrency: fc.integer({ min: 1, max: 3 }),
      runMs: fc.constantFrom(1, 500, 7000),
      isEventful: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), settings, async (steps, settings) => {
        const folder = new FakeFolder()
        const changes = steps.sort((a, b) => a.atMs - b.atMs).map((step, i) => ({ ...step, content: `v${i}` }))
        for (const { atMs, path, isRemoved, content } of changes) {
          if (isRemoved) folder.remove(atMs, path)
          else folder.write(atMs, path, content)
        }
        expect(await folder.watch(settings)).toBe(0)
        expect(folder.busiest).toBeLessThanOrEqual(settings.concurrency)
        for (const { stillMs } of folder.runs) expect(stillMs).toBeGreaterThanOrEqual(settings.settleMs)
        const done = contents(folder)
        expect(new Set(done).size).toBe(done.length)
        for (const [path, { content }] of folder.files) expect(done).toContain(`${path} ${content}`)
      }),
      { numRuns: 60 },
    )
  })
})
