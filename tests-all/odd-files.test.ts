// File formats met in the wild, through the command: each becomes an upright PNG of its depth, in bounded memory.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runNode } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATA, isMissing, ROOT, reason } from '../tests/evaluation-set.ts'

const BIN = join(ROOT, 'packages/koutu/bin/koutu.js')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-odd-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Largest resident set of the command and of any process it started, in bytes; empty where there is no /proc. */
  readonly peaks: { readonly command: number; readonly children: number } | null
}

/** Runs the built command. */
async function koutu(args: readonly string[]): Promise<Finished> {
  const peaks = { command: 0, children: 0 }
  let watch: NodeJS.Timeout | undefined
  const { code, stdout, stderr } = await runNode([BIN, ...args], {
    cwd: ROOT,
    onStart(child) {
      watch = setInterval(() => {
        for (const { pid, parent, peakBytes } of processes()) {
          if (pid === child.pid) peaks.command = Math.max(peaks.command, peakBytes)
          if (parent === child.pid) peaks.children = Math.max(peaks.children, peakBytes)
        }
      }, 100)
    },
  })
  clearInterval(watch)
  return { code, stdout: stdout.toString(), stderr, peaks: process.platform === 'linux' ? peaks : null }
}

/** The kernel keeps each process's own high-water mark, so that rare looks miss only what grew since the last one. */
function processes(): { pid: number; parent: number; peakBytes: number }[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      let status: string
      try {
        status = readFileSync(`/proc/${name}/status`, 'utf8')
      } catch {
        // It ended between the two reads.
        return []
      }
      const field = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
      return [{ pid: Number(name), parent: field('PPid'), peakBytes: field('VmHWM') * 1024 }]
    })
}

describe.skipIf(isMissing)(`odd files through the command${reason}`, () => {
  /** Upright width and height, and bits of the PNG: 16 where the input has more than 8. */
  const EXPECTED: Readonly<Record<string, readonly [number, number, 8 | 16]>> = {
    'anim-crash.gif': [800, 533, 8],
    'anim-squares.webp': [80, 80, 8],
    'avif-10bit-fox.avif': [1204, 800, 16],
    'beer-16bit.png': [900, 900, 16],
    'boot-palette.png': [1024, 1024, 8],
    'cmyk-park.jpg': [500, 333, 8],
    'dog-grey.jpg': [1093, 1093, 8],
    'exif8-person.jpg': [1200, 1800, 8],
    'hato-6mp.jpg': [3082, 2048, 8],
    'heic-garden.heic': [1280, 854, 8],
    'phone-12mp-exif6.jpg': [3024, 4032, 8],
    'png-named-jpg.jpg': [987, 1481, 8],
    'sneaker-2048.jpg': [2048, 2048, 8],
    'sunglasses-p3.jpg': [1440, 1440, 8],
    'ultrahdr-gainmap.jpg': [3840, 2160, 8],
  }
  /** anim-crash.gif holds a single frame, whatever its name says. */
  const ANIMATED = ['anim-squares.webp']
  const MAX_PEAK_BYTES = 2_000_000_000

  interface Line {
    readonly type: string
    readonly input: string
    readonly output: string | null
    readonly status: string
    readonly report?: { readonly input: { width: number; height: number }; readonly warnings: { code: string }[] }
    readonly error?: { readonly code: string }
  }
  const hasHeic = existsSync(join(ROOT, 'node_modules/heic-decode'))
  const heic = 'heic-garden.heic'
  let run: Finished
  let lines: Map<string, Line>

  beforeAll(async () => {
    const inputs = Object.keys(EXPECTED).map((name) => join(DATA, 'nogt', name))
    run = await koutu([...inputs, '-o', `${join(folder, 'odd')}/`, '--json'])
    const parsed = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    lines = new Map(parsed.filter(({ type }) => type === 'result').map((line) => [line.input.split('/').at(-1)!, line]))
  })

  it('knows every file of the folder', () => {
    expect(readdirSync(join(DATA, 'nogt')).sort()).toEqual(Object.keys(EXPECTED))
  })

  it('does all of them, with the exit code that says so', () => {
    const failed = [...lines].flatMap(([name, { status, error }]) =>
      status === 'done' ? [] : [`${name}: ${error?.code}`],
    )
    expect([...lines.keys()].sort()).toEqual(Object.keys(EXPECTED))
    expect({ failed, code: run.code, stderr: run.stderr }).toEqual({
      failed: hasHeic ? [] : [`${heic}: CODEC_MISSING`],
      code: hasHeic ? 0 : 1,
      stderr: '',
    })
  })

  for (const [name, [width, height, bits]] of Object.entries(EXPECTED)) {
    it.skipIf(name === heic && !hasHeic)(
      `writes ${name} upright as a ${bits}-bit PNG of ${width} x ${height}`,
      async () => {
        const { output, report } = lines.get(name)!
        expect(report?.input).toMatchObject({ width, height })
        const { data, info } = await sharp(output!).raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true })
        const { format, depth } = await sharp(output!).metadata()
        expect([format, info.width, info.height, info.channels, depth]).toEqual([
          'png',
          width,
          height,
          4,
          bits === 16 ? 'ushort' : 'uchar',
        ])
        expect(data.length).toBe(width * height * 8)
      },
    )
  }

  it('says of animations, and of nothing else, that only the first frame was used', () => {
    const warned = [...lines]
      .filter(([, { report }]) => report?.warnings.some(({ code }) => code === 'first-frame-only'))
      .map(([name]) => name)
    expect(warned.sort()).toEqual(ANIMATED)
  })

  it('gives a file that is no image its own code, and goes on', async () => {
    const bad = join(folder, 'notes.jpg')
    await writeFile(bad, 'not an image')
    const args = ['-o', `${join(folder, 'mixed')}/`, '--json']
    const mixed = await koutu([bad, join(DATA, 'nogt/cmyk-park.jpg'), ...args])
    expect(mixed.code).toBe(1)
    const results = mixed.stdout.split('\n').filter((line) => line.includes('"type":"result"'))
    const codes = results.map((line) => JSON.parse(line) as Line).map(({ status, error }) => error?.code ?? status)
    expect(codes.sort()).toEqual(['IMAGE_UNSUPPORTED', 'done'])
  })

  it.skipIf(process.platform !== 'linux')('stays under 2 GB in each of its processes (read from /proc)', () => {
    const { command, children } = run.peaks!
    // Less than this and nothing was measured: Node alone takes 40 MB, the network's weights more.
    expect(command).toBeGreaterThan(40e6)
    expect(children).toBeGreaterThan(150e6)
    expect(command).toBeLessThan(MAX_PEAK_BYTES)
    expect(children).toBeLessThan(MAX_PEAK_BYTES)
  })
})
