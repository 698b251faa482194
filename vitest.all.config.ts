// Tests that need more than installed npm packages (here: the npm registry). `npm run test:all` runs them last.
import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './tests/summary-reporter.ts'
import { fromSources } from './vitest.shared.ts'

export default defineConfig({
  ...fromSources,
  test: {
    include: ['tests-all/**/*.test.ts'],
    pool: 'forks',
    // They wait for installations, servers and browsers half of the time.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 900_000,
    // Processes, browsers and busy machines: what passes when it is run again is named at the end.
    retry: 1,
    reporters: ['default', new SummaryReporter()],
  },
})
