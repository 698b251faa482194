// Tests that need more than installed npm packages (here: the npm registry). `npm run test:all` runs them last.
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { SummaryReporter } from './tests/summary-reporter.ts'
import { fromSources } from './vitest.shared.ts'

/** Minutes each: begun first, so that no worker has one of them left at the end. Those that compute beside those that wait. */
const LONG = ['quality', 'package', 'deploy', 'drawn-truths', 'image'].map((name) => `/tests-all/${name}.test.ts`)

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files)
    return LONG.flatMap((path) => rest.filter(({ moduleId }) => moduleId.endsWith(path))).concat(
      rest.filter(({ moduleId }) => !LONG.some((path) => moduleId.endsWith(path))),
    )
  }
}

export default defineConfig({
  ...fromSources,
  test: {
    include: ['tests-all/**/*.test.ts'],
    pool: 'forks',
    // They wait for installations, servers and browsers half of the time.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    testTimeout: 300_000,
    hookTimeout: 900_000,
    // Processes, browsers and busy machines: what passes when it is run again is named at the end.
    retry: 1,
    reporters: ['default', new SummaryReporter()],
  },
})
