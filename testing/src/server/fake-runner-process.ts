// The fake runner as a process of its own.

import { serveRunner } from '@koutu/server'
import { createFakeRunner } from './fake-runner.ts'

serveRunner(createFakeRunner())
