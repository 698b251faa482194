// Result files of jobs, the latest few of them.

import { readResult } from '../api/jobs.ts'

const KEPT = 4
const files = new Map<string, Promise<Blob>>()

export function resultFile(jobId: string): Promise<Blob> {
  const file = files.get(jobId) ?? readResult(jobId)
  files.delete(jobId)
  files.set(jobId, file)
  file.catch(() => files.delete(jobId))
  const [oldest] = files.keys()
  if (files.size > KEPT && oldest) files.delete(oldest)
  return file
}
