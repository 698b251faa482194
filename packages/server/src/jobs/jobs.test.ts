// Jobs on the embedded database, in a folder. On PostgreSQL the same suite runs in tests-all.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jobContract, placeEmptyDatabase } from '@koutu/testing'

jobContract('PGlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'koutu-jobs-'))
  await placeEmptyDatabase(folder)
  return {
    settings: { type: 'folder', folder },
    close: () => rm(folder, { recursive: true }),
  }
})
