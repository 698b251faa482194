// Builds the site into dist/: pages from the repository's Markdown, then Astro. `npm run site` installs and runs this.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { generate } from './generate/generate.ts'

const here = import.meta.dirname
/** Vite takes these for its own settings. A test runner sets them, and the site would be built as in development: without search. */
const NOT_OURS = ['BASE_URL', 'DEV', 'MODE', 'PROD', 'SSR']
const inherited = Object.entries(process.env).filter(([name]) => !NOT_OURS.includes(name))

generate(join(here, '../..'), here)
const { status } = spawnSync(process.execPath, [join(here, 'node_modules/astro/bin/astro.mjs'), 'build'], {
  cwd: here,
  stdio: 'inherit',
  env: { ...Object.fromEntries(inherited), ASTRO_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
})
process.exitCode = status ?? 1
