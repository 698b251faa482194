// koutu's own HTTP API.

import type { AppDeps } from '../../app-deps.ts'
import type { Router } from '../../http/route.ts'
import { addBatches } from './batch-routes.ts'
import { addCutouts } from './cutout-routes.ts'
import { addJobs } from './job-routes.ts'
import { addRefine } from './refine-routes.ts'
import { addService } from './service-routes.ts'

export function addKoutu(router: Router, deps: AppDeps): void {
  addCutouts(router, deps)
  addBatches(router, deps)
  addJobs(router, deps)
  addRefine(router, deps)
  addService(router, deps)
}
