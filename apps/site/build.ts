// Builds the site into dist/: pages from the repository's Markdown, then Astro. `npm run site` installs and runs this.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { generate } from './generate/generate.ts'

const here = import.meta.dirname

generate(join(here, '../..'), here)
// Astro leaves the search out of what it builds for development or tests, which a caller's NODE_ENV may say.
const { status } = spawnSync(process.execPath, [join(here, 'node_modules/astro/bin/astro.mjs'), 'build'], {
  cwd: here,
  stdio: 'inherit',
  env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
})
process.exitCode = status ?? 1
