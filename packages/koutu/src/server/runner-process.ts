// The process in which a server's pictures are worked on: one remover, with its worker thread and its network's process.

import { serveRunner } from '@koutu/server'
import { createRemoverRunner } from './remover-runner.ts'

serveRunner(createRemoverRunner())
