// Closes a test run with one plain line that scripts can read: `N passed, N failed, N skipped`. Tests that passed only when they
// were run again are named above it.

import type { Reporter, TestModule } from 'vitest/node'

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) {
      // What could not be loaded or set up has no tests to count, and must not look like success.
      counts.failed += module.errors().length
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'pending') counts.skipped++
        else counts[state]++
        if (test.diagnostic()?.flaky) console.log(`passed when run again: ${module.moduleId}: ${test.fullName}`)
      }
    }
    console.log(
      `\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
    )
  }
}
