// Command lines that are refused before an image is touched, and those that only print. Most run in this process.

import { describe, expect, it } from 'vitest'
import { commandBench } from './command.fixture.ts'

const bench = commandBench()

describe('the command', () => {
  it.each([
    [['a.png', 'b/a.png', '-o', 'out/']],
    [['a.png', 'b', '-o', 'out/']],
    [['b/a.png', '-o', 'b/a.png', '--overwrite']],
    [['https://x.example/p/a.png?v=1', 'https://x.example/p/a.png?v=2', '-o', 'out/', '--offline']],
    [['a.png', 'b', '-o', 'one.webp']],
    [['a.png', '-o', 'out.bmp']],
    [['a.png', '-o', 'new']],
    [['a.png', '-o', 'new\n\u001b[2Jx.bmp']],
    [['a.png', 'b', '--full-names', '-o', 'new']],
    [['a.png', '-o', 'photo.pgn']],
    [['a.png', 'b', '-o', 'b/notes']],
    [['a.png', '-o', 'b/notes/']],
    [['a.png', '-o', 'x.png', '-f', 'webp']],
    [['a.png', '--background', 'missing.jpg']],
    [['a.png', '--keep', 'b/notes']],
    [['a.png', '--erase', 'b']],
  ])('refuses %j before anything runs', async (args) => {
    await bench.put('a.png')
    await bench.put('b/a.png')
    await bench.put('b/notes', 'text')
    const before = await bench.files()
    const { code, stderr } = await bench.here('--model', bench.model, ...args)
    expect(stderr).toMatch(/^koutu: .* \[(INVALID_OPTIONS|INPUT_NOT_FOUND|INPUT_UNREADABLE|IMAGE_UNSUPPORTED)\]\n$/)
    expect(code).toBeGreaterThan(0)
    expect(await bench.files()).toEqual(before)
  })
})

describe('koutu, used wrongly', () => {
  it.each([
    [[], 2, 'koutu photo.jpg'],
    [['photo.png', '--no-such-flag'], 2, 'unknown option'],
    [['photo.png', '-b', '#12'], 2, 'hex color'],
    [['photo.png', '--lossy-quality', '101', '--crop-threshold', 'x'], 2, '--crop-threshold'],
    [['photo.png', '-f', 'jpeg'], 2, 'background'],
    [['photo.png', 'photo.png.', '-o', 'one.png'], 2, 'folder'],
    [['missing.png'], 1, 'INPUT_NOT_FOUND'],
    [['--crop'], 2, 'Expected at least one file'],
    [['--'], 2, 'Expected at least one file'],
    [['photo.png', '--fromat=png'], 2, 'Did you mean --format?'],
    [['photo.png', '--crop=yes'], 2, '--crop takes no value'],
    [['photo.png', '-b', 'whiet'], 1, 'nor a color'],
    [['photo.png', '--keep', 'abc'], 1, 'strokes'],
    [['servee', '--port', '1'], 2, "did you mean 'koutu serve'?"],
    [['serve', '--prot=1'], 2, 'Did you mean --port?'],
    [['*.nothing'], 1, 'nothing matches'],
    [['eval', 'set', '--sheet', 'set/../set/a.png'], 2, "--sheet: It would replace 'set/../set/a.png'"],
    [['eval', 'set', '--html', 'set/a.alpha.png'], 2, "--html: It would replace 'set/a.alpha.png'"],
    [['missing\ufffd.png'], 1, 'not UTF-8'],
    [['-photo.png'], 2, 'write ./-photo.png'],
    [['photo.png', '-o', `${'n'.repeat(300)}.png`], 1, 'nnn.png: name too long (ENAMETOOLONG)'],
  ])('%j exits with %i and says %j', async (args, code, text) => {
    await bench.put('photo.png')
    await bench.put('photo.png.')
    await bench.put('-photo.png')
    await bench.put('set/a.png')
    await bench.put('set/a.alpha.png')
    const run = await bench.here(...args)
    expect(run.stderr).toContain(text)
    expect(run.code).toBe(code)
    expect(run.stdout.length).toBe(0)
  })

  // These are refused by the remover's thread.
  it.each([
    [['photo.png', '--model', 'isnet-generl-use'], 2, 'isnet-general-use'],
    [['photo.png', '--model', 'u2netp'], 3, 'koutu models pull u2netp'],
    [['ftp://example.org/x.jpg'], 1, 'URL_REFUSED'],
    [['http://127.0.0.1:9/x.jpg'], 1, 'URL_REFUSED'],
    [['https://example.org/x.jpg', '--offline'], 3, 'OFFLINE'],
  ])('%j exits with %i and says %j', async (args, code, text) => {
    await bench.put('photo.png')
    const run = await bench.koutu(args)
    expect(run.stderr).toContain(text)
    expect(run.code).toBe(code)
    expect(run.stdout.length).toBe(0)
  })

  it('never shows the secrets of a URL', async () => {
    const { stderr } = await bench.koutu(['http://me:hunter2@127.0.0.1:9/x.jpg?token=hunter2'])
    expect(stderr).toContain('127.0.0.1')
    expect(stderr).not.toContain('hunter2')
  })
})

describe('koutu --help and its neighbors', () => {
  it('lists every option with its bounds and default', async () => {
    const { code, stdout } = await bench.here('--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/-b, --background <transparent\|COLOR\|blur\|FILE>/)
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'Set the quality of WebP, AVIF and JPEG, also inside a zip. Other formats are lossless. (1 to 100; default 90)',
    )
    expect((await bench.here('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it('lists models with their licenses', async () => {
    const { code, stdout } = await bench.here('models', 'list')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^rmbg-1\.4 .* no /m)
    const lines = (await bench.here('models', 'list', '--json')).stdout.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toContain('isnet-general-use')
  })

  it('refuses a non-commercial model where nobody can agree, and any pull when offline', async () => {
    const refused = await bench.here('models', 'pull', 'rmbg-1.4')
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('MODEL_LICENSE_REFUSED')
    const offline = await bench.here('models', 'pull', 'u2netp', '--offline')
    expect(offline.code).toBe(3)
    expect(offline.stderr).toContain('OFFLINE')
  })
})
