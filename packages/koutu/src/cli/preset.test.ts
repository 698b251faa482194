import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withPreset } from './preset.ts'

async function file(content: unknown): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'koutu-preset-')), 'preset.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('a preset', () => {
  it('gives options in either form, and flags win', async () => {
    const options = { background: 'white', crop: true, margin: '5%', feather: 2 }
    const path = await file({ specVersion: 1, options })
    expect(await withPreset(path, { crop: false })).toEqual({ ...options, crop: false })
  })

  it('is not needed', async () => {
    expect(await withPreset(undefined, { crop: true })).toEqual({ crop: true })
  })

  it.each([
    ['{', 'preset: Expected JSON'],
    [[], 'preset: Expected an object'],
    [{ options: {} }, 'preset: Expected specVersion 1 but received none'],
    [{ specVersion: 2, options: {} }, 'preset: Expected specVersion 1 but received 2'],
    [{ specVersion: 1, options: [] }, 'preset: Expected options to be an object'],
    [{ specVersion: 1, options: { corp: true } }, 'corp'],
    [{ specVersion: 1, options: { lossyQuality: 300 } }, 'lossyQuality'],
  ])('%j is refused', async (content, message) => {
    const refused = withPreset(await file(content), { lossyQuality: 50 })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringContaining(message) })
  })

  it('that is missing is named', async () => {
    await expect(withPreset('missing.json', {})).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      message: 'Input not found: --preset: missing.json',
    })
  })
})
