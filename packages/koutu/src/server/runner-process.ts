// The process in which a server's images are worked on: one remover, with its worker thread and its network's process.

import { DeviceOptions } from '@koutu/core'
import { offerToKernel } from '@koutu/node'
import { serveRunner } from '@koutu/server'
import { createRemoverRunner } from './remover-runner.ts'

// Above the server, below the network's process, which raises its own.
offerToKernel(500)
serveRunner(createRemoverRunner(DeviceOptions.parse({ device: process.argv[2] }).device))
