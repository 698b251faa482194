// Makes an empty embedded database, in a process of its own: PostgreSQL's own set-up takes three times the memory that an
// open database takes, and a process gives it back. Run with the folder to make.

import { PGlite } from '@electric-sql/pglite'
import { START_PARAMETERS } from './pglite-parameters.ts'

const [, , folder = ''] = process.argv
const pglite = await PGlite.create({ dataDir: folder, startParams: START_PARAMETERS })
await pglite.close()
