// Makes saved results the figures of docs/performance.md: joins the files, keeps them in the repository, draws the
// plot and fills the tables. Run: npm run bench:publish -- FILE.json…   Rows of later files replace those before.

import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ROOT, runNode } from './measure/run.ts'
import { plot } from './plot/plot.ts'
import { joinResults, PUBLISHED, readResults, writeResults } from './results.ts'

const files = process.argv.slice(2)
if (files.length === 0) {
  console.error('bench: expected saved results, such as bench/results/2026-01-31T120000.json')
  process.exit(2)
}
const results = joinResults(files.map((file) => readResults(resolve(process.env.INIT_CWD ?? '.', file))))
writeResults(PUBLISHED, results)
writeFileSync(join(ROOT, 'docs/performance.svg'), plot(results))
await runNode([join(ROOT, 'tools/docs.ts')], { env: process.env })
