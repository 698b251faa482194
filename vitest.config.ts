import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './tests/summary-reporter.ts'
import { fromSources } from './vitest.shared.ts'

/** What fills all processors by itself, or looks at delays and memory, has the machine to itself. */
const ALONE = '**/*.alone.test.ts'
/** Packages whose tests leave nothing behind in their process: one process runs many files, and loads their modules once. */
const SHARED = [
  ...['core', 'dreamina', 'browser', 'mcp', 'server'].map((name) => `packages/${name}/src/**/*.test.ts`),
  // Not `net`, whose tests put modules in place of others.
  'packages/node/src/{codec,device,engine,graph,kernels,models}/**/*.test.ts',
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
          name: 'side by side',
          include: [
            'packages/*/src/**/*.test.ts',
            'testing/src/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'tests/**/*.test.ts',
          ],
          exclude: [ALONE, ...SHARED],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'in shared processes',
          include: SHARED,
          exclude: [ALONE],
          isolate: false,
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
