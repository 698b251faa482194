// A preset: options in a JSON file, `{ "specVersion": 1, "options": { … } }`, as the studio exports it.

import { readFile } from 'node:fs/promises'
import { excerpt, invalidOptions, KoutuError } from '@koutu/core'
import { type Options, resolveOptions } from '../options.ts'
import { shorten } from '../shorten.ts'

/** The options of the preset under those given. Errors: INPUT_NOT_FOUND, INPUT_UNREADABLE, INVALID_OPTIONS. */
export async function withPreset(path: string | undefined, given: Options): Promise<Options> {
  if (path === undefined) return given
  const preset = parsePreset(await readText(path))
  // Checked alone, so that a flag hides no mistake in it.
  resolveOptions(preset)
  return { ...preset, ...given }
}

function parsePreset(text: string): Options {
  const fail = (message: string) => invalidOptions([{ path: 'preset', message }])
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw fail(`Expected JSON but ${shorten((error as Error).message)}`)
  }
  if (!isRecord(value)) throw fail('Expected an object with specVersion and options')
  const { specVersion, options } = value
  if (specVersion !== 1)
    throw fail(`Expected specVersion 1 but received ${excerpt(JSON.stringify(specVersion) ?? 'none')}`)
  if (!isRecord(options)) throw fail('Expected options to be an object')
  return options as Options
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const detail = `--preset: ${code === 'ENOENT' ? path : message}`
    throw new KoutuError(code === 'ENOENT' ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE', { detail, cause: error })
  }
}
