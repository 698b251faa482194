// The public surface of @koutu/dreamina that runs anywhere. What needs Node is in `@koutu/dreamina/node`.

export { createDreaminaClient, type DreaminaClient, type DreaminaResult } from './client/client.ts'
export {
  DREAMINA_LIMITS,
  type DreaminaConfig,
  type DreaminaCtx,
  type DreaminaEndpoints,
  type DreaminaEvent,
  type DreaminaLimits,
  type DreaminaPorts,
} from './client/config.ts'
export type { Journal, JournalEntry, JournalState } from './client/journal.ts'
export type { Submitted } from './client/task.ts'
export {
  createDreaminaEngine,
  DREAMINA_MAX_SIDE,
  type DreaminaEngineDeps,
  type DreaminaEngineOptions,
} from './engine.ts'
export { type ExplainedRequest, type ExplainInput, explain, renderExplanation } from './explain.ts'
export type { Credit, ResultImage, TaskRecord, TaskState } from './wire/answers.ts'
export {
  type Aws4Claim,
  type Aws4Credentials,
  type Aws4Request,
  type Aws4Rules,
  type Aws4Scope,
  amzDate,
  aws4Authorization,
  aws4Problem,
  aws4Signature,
  parseAws4Authorization,
  payloadHash,
} from './wire/aws4.ts'
export { SERVICE_CODES, type ServiceCode, serviceCode } from './wire/codes.ts'
export { crc32, crc32Hex } from './wire/crc32.ts'
export {
  type CutoutAbility,
  createCutoutDraft,
  createDraft,
  type Draft,
  type DraftAbilities,
  type DraftPorts,
} from './wire/draft.ts'
export { type DraftReading, readCutoutDraft } from './wire/read-draft.ts'
export { isServiceHost, REGION_TABLE, REGIONS, type Region, type RegionId } from './wire/regions.ts'
export {
  type ApplyFacts,
  apiReply,
  applyReply,
  type CommitFacts,
  commerceReply,
  commitReply,
  creditData,
  type ImagexCall,
  type ImagexError,
  imageByUriReply,
  imagexErrorReply,
  queueReply,
  type RecordFacts,
  type RecordImage,
  type RecordState,
  type Refusal,
  type ReplyStamp,
  taskRecordReply,
  type UploadTokenFacts,
  uploadTokenData,
} from './wire/replies.ts'
export type { DreaminaStep, TaskIds, WireRequest } from './wire/requests.ts'
export { type SignedHeaders, type SignInput, sign, signProblem } from './wire/sign.ts'
