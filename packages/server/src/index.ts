// The public surface of @koutu/server, by name.

export { createFolderBlobs, type FolderBlobs } from './blobs/folder.ts'
export { connectToOwner, lockFolder } from './db/folder-lock.ts'
export { blobKeys, inputKey, newJobId, resultKey } from './jobs/job-keys.ts'
export type {
  Batch,
  Job,
  JobEvent,
  JobRequest,
  JobResult,
  JobService,
  JobState,
  Owner,
  SubmitRequest,
} from './jobs/job-service.ts'
export { type ApiKey, type KeyService, type NewKey, SCOPES, type Scope } from './keys/key-service.ts'
export { type DatabaseSettings, openStore, type Store, type StorePorts, type StoreSettings } from './open-store.ts'
export type {
  BlobRef,
  Blobs,
  Fetcher,
  Logger,
  Observer,
  Runner,
  RunRequest,
  RunResult,
} from './ports/ports.ts'
export { createProcessRunner, type ProcessRunnerSettings } from './worker/process-runner.ts'
export { serveRunner } from './worker/serve-runner.ts'
export { createWorker, type Worker, type WorkerDeps } from './worker/worker.ts'
