// Closes a test run with one plain line that scripts can read: `N passed, N failed, N skipped`.

import type { Reporter, TestModule } from 'vitest/node'

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) {
      // A file that could not be loaded has no tests to count, and must not look like success.
      const broken = module.errors().length
      counts.failed += broken
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'pending') counts.skipped++
        else counts[state]++
      }
    }
    console.log(
      `\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
    )
  }
}
