// The public surface of @koutu/server, by name.

export { createFolderBlobs, type FolderBlobs } from './blobs/folder.ts'
export { openBlobs } from './blobs/open-blobs.ts'
export { type CheckServerDeps, checkServer, type ServerCheck } from './check-server.ts'
export type { DatabaseSettings } from './db/settings.ts'
export type { Assets } from './http/assets.ts'
export { LOCAL_OWNER } from './http/gate.ts'
export { blobKeys, givenCoarseKey, inputKey, newJobId, resultKey } from './jobs/job-keys.ts'
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
export { type OpenKeys, openKeys } from './keys/open-keys.ts'
export { createLogger, type LogLevel } from './log/log.ts'
export { isLoopback, type RunningServer, type ServerPorts, type ServerSettings, startServer } from './main.ts'
export { openStore, type Store, type StorePorts, type StoreSettings } from './open-store.ts'
export type {
  BlobRef,
  Blobs,
  CoarseFacts,
  CoarseFile,
  Content,
  Fetcher,
  Logger,
  ModelInfo,
  Models,
  Observer,
  Runner,
  RunRequest,
  RunResult,
} from './ports/ports.ts'
export { MAX_CONTENT_BYTES } from './ports/ports.ts'
export type { ResolvedServeOptions } from './serve-options.ts'
export { type RunningWorker, startWorker, type WorkerPorts, type WorkerSettings } from './start-worker.ts'
export { createProcessRunner, type ProcessRunnerSettings } from './worker/process-runner.ts'
export { serveRunner } from './worker/serve-runner.ts'
export { createWorker, type Worker, type WorkerDeps } from './worker/worker.ts'
