// The process in which a server's pictures are worked on: one remover, with its worker thread and its network's process.

import { constants, setPriority } from 'node:os'
import { serveRunner } from '@koutu/server'
import { createRemoverRunner } from './remover-runner.ts'

// Whoever answers requests goes before whoever calculates, where both want the same processor. Children inherit it.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
serveRunner(createRemoverRunner())
