import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './tests/summary-reporter.ts'
import { fromSources } from './vitest.shared.ts'

/** What fills all processors by itself, or looks at delays and memory, has the machine to itself. */
const ALONE = '**/*.alone.test.ts'
/** Tests that put modules in place of others, which must not be loaded before, or watch what their process holds. */
const OWN_PROCESS = [
  'packages/node/src/net/**/*.test.ts',
  'packages/koutu/src/browser-assets/missing-floats.test.ts',
  'packages/node/src/memory.test.ts',
]

/** Tests wait for processes and files a quarter of the time: one more than two processors fills it. */
const WORKERS = 3

export default defineConfig({
  ...fromSources,
  test: {
    pool: 'forks',
    setupFiles: ['./tests/property-seed.ts', './tests/equal-numbers.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Processes, browsers and busy machines: what passes when it is run again is named at the end.
    retry: 1,
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: [`{packages,testing,bench}/${ALONE}`, `tests/${ALONE}`],
          exclude: ['**/node_modules/**', '**/dist/**'],
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'in processes of their own',
          include: OWN_PROCESS,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // One process runs many files, and loads their modules once: tests leave nothing behind in it.
        test: {
          name: 'in shared processes',
          include: ['{packages,apps}/*/src/**/*.test.ts', '{testing,bench}/src/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: [ALONE, ...OWN_PROCESS],
          isolate: false,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
