// The seed of the property tests: the same in every run, so that a run of CI says of a change what the run before would have said.
// KOUTU_SEED=random draws other inputs, KOUTU_SEED=NUMBER repeats a run; a failure prints its seed in any case.

import fc from 'fast-check'

const wanted = process.env.KOUTU_SEED ?? '20260101'
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) })
