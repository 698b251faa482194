// The fake runner as a process of its own: `node fake-runner-process.js [milliseconds a picture]`.

import { serveRunner } from '@koutu/server'
import { createFakeRunner } from './fake-runner.ts'

serveRunner(createFakeRunner({ sleepMs: Number(process.argv[2] ?? 0) }))
