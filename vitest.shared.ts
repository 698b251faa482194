// What both test configurations share.

/**
 * Imports between packages lead to their sources, so that an edit in one needs no build before the tests of another. Worker
 * threads and processes of the tests' own follow, since Vitest gives their Node the same conditions; the command, started as
 * users start it, is the built one.
 */
const conditions = ['@koutu/source', 'node']
export const fromSources = { resolve: { conditions }, ssr: { resolve: { conditions } } }
