import { defineConfig } from 'vitest/config'
import { SummaryReporter } from './tests/summary-reporter.ts'

/** What fills all processors by itself, or looks at delays and memory, has the machine to itself. */
const ALONE = [
  'tests/real-pictures.test.ts',
  'packages/koutu/src/remover.test.ts',
  'packages/node/src/graph/real-model.test.ts',
  'packages/node/src/codec/hostile.test.ts',
  'packages/server/src/hostile.test.ts',
]

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', new SummaryReporter()],
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: 'side by side',
          include: [
            'packages/*/src/**/*.test.ts',
            'testing/src/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'tests/**/*.test.ts',
          ],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
