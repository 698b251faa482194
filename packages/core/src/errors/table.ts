// Every error koutu can raise, once, as data. CLI exit codes, HTTP status and docs derive from it.
// `exit` is the process exit code when this error alone decides the outcome:
// 1 input failed, 2 usage, 3 nothing can be done on this machine, 130 interrupted.

export interface ErrorRow {
  readonly status: number
  readonly exit: 1 | 2 | 3 | 130
  readonly retryable: boolean
  readonly title: string
}

export const ERRORS = {
  INVALID_OPTIONS: { status: 400, exit: 2, retryable: false, title: 'An option has a value that is not allowed' },
  INPUT_NOT_FOUND: { status: 404, exit: 1, retryable: false, title: 'The input does not exist' },
  INPUT_UNREADABLE: { status: 422, exit: 1, retryable: false, title: 'The input could not be read' },
  OUTPUT_EXISTS: { status: 409, exit: 1, retryable: false, title: 'The output exists already' },
  OUTPUT_UNWRITABLE: { status: 500, exit: 1, retryable: true, title: 'The output could not be written' },
  IMAGE_UNSUPPORTED: { status: 415, exit: 1, retryable: false, title: 'The input is not a picture koutu reads' },
  IMAGE_CORRUPT: { status: 422, exit: 1, retryable: false, title: 'The picture is damaged or incomplete' },
  IMAGE_TOO_LARGE: { status: 413, exit: 1, retryable: false, title: 'The picture has too many pixels' },
  IMAGE_TOO_MANY_BYTES: { status: 413, exit: 1, retryable: false, title: 'The picture has too many bytes' },
  IMAGE_TOO_MANY_FRAMES: { status: 413, exit: 1, retryable: false, title: 'The picture has too many frames' },
  CODEC_MISSING: { status: 501, exit: 1, retryable: false, title: 'An optional package for this format is missing' },
  SUBJECT_NOT_FOUND: { status: 422, exit: 1, retryable: false, title: 'No subject was found in the picture' },
  URL_REFUSED: { status: 400, exit: 1, retryable: false, title: 'The URL may not be fetched' },
  FETCH_FAILED: { status: 502, exit: 1, retryable: true, title: 'The URL could not be fetched' },
  FETCH_TIMEOUT: { status: 504, exit: 1, retryable: true, title: 'The URL took too long' },
  MODEL_UNKNOWN: { status: 400, exit: 2, retryable: false, title: 'There is no model of that name' },
  MODEL_MISSING: { status: 503, exit: 3, retryable: false, title: 'The model is not on this machine' },
  MODEL_CORRUPT: { status: 503, exit: 3, retryable: true, title: 'The model file is damaged' },
  MODEL_INVALID: { status: 422, exit: 3, retryable: false, title: 'The file is not a model koutu can run' },
  MODEL_DOWNLOAD_FAILED: { status: 502, exit: 3, retryable: true, title: 'The model could not be downloaded' },
  MODEL_LICENCE_REFUSED: { status: 403, exit: 3, retryable: false, title: 'The licence of the model was not accepted' },
  CACHE_UNWRITABLE: { status: 500, exit: 3, retryable: true, title: 'The cache folder could not be written' },
  OFFLINE: { status: 503, exit: 3, retryable: false, title: 'This needs the network, and koutu is offline' },
  ENGINE_FAILED: { status: 500, exit: 1, retryable: true, title: 'The engine stopped while it worked on the picture' },
  ENGINE_UNAVAILABLE: { status: 503, exit: 3, retryable: false, title: 'The engine cannot run on this machine' },
  ENGINE_TIMEOUT: { status: 504, exit: 1, retryable: true, title: 'The engine did not finish in time' },
  ENGINE_BUSY: { status: 503, exit: 1, retryable: true, title: 'The engine has too much to do' },
  ENGINE_LOGIN_REQUIRED: { status: 503, exit: 3, retryable: false, title: 'The remote engine wants a login' },
  ENGINE_CREDITS_USED_UP: { status: 503, exit: 3, retryable: false, title: 'The remote account has no credits left' },
  ENGINE_ACCESS_REFUSED: { status: 503, exit: 3, retryable: false, title: 'The remote engine refuses this account' },
  ENGINE_PICTURE_REFUSED: { status: 422, exit: 1, retryable: false, title: 'The remote engine refuses this picture' },
  ENGINE_REQUEST_REFUSED: { status: 502, exit: 1, retryable: false, title: 'The remote engine refused the request' },
  ENGINE_ANSWER_INVALID: {
    status: 502,
    exit: 1,
    retryable: false,
    title: 'The remote engine answered something koutu does not understand',
  },
  ENGINE_RESULT_OPAQUE: {
    status: 502,
    exit: 1,
    retryable: false,
    title: 'The remote engine answered a picture without transparency',
  },
  REQUEST_INVALID: { status: 400, exit: 2, retryable: false, title: 'The request is not one koutu understands' },
  REQUEST_TYPE_UNSUPPORTED: {
    status: 415,
    exit: 2,
    retryable: false,
    title: 'The request has a body koutu does not read',
  },
  REQUEST_TIMEOUT: { status: 408, exit: 1, retryable: true, title: 'The request took too long to arrive' },
  KEY_MISSING: { status: 401, exit: 2, retryable: false, title: 'The request carries no API key' },
  KEY_INVALID: { status: 401, exit: 2, retryable: false, title: 'The API key is not valid' },
  SCOPE_MISSING: { status: 403, exit: 2, retryable: false, title: 'The API key does not permit this' },
  LINK_INVALID: { status: 403, exit: 2, retryable: false, title: 'The link is not valid or has expired' },
  ORIGIN_REFUSED: { status: 403, exit: 2, retryable: false, title: 'The request comes from a page of another site' },
  ROUTE_NOT_FOUND: { status: 404, exit: 2, retryable: false, title: 'There is nothing at this address' },
  METHOD_NOT_ALLOWED: { status: 405, exit: 2, retryable: false, title: 'This address does not take that method' },
  JOB_NOT_FOUND: { status: 404, exit: 1, retryable: false, title: 'There is no such job' },
  JOB_NOT_DONE: { status: 409, exit: 1, retryable: true, title: 'The job has no result yet' },
  JOB_CANCELED: { status: 409, exit: 1, retryable: false, title: 'The job was canceled' },
  JOB_EXPIRED: { status: 410, exit: 1, retryable: false, title: 'The result has been deleted' },
  RANGE_INVALID: { status: 416, exit: 2, retryable: false, title: 'The result has no such range of bytes' },
  RATE_LIMITED: { status: 429, exit: 1, retryable: true, title: 'Too many requests in this minute' },
  TOO_MANY_JOBS: { status: 429, exit: 1, retryable: true, title: 'Too many jobs of this key are waiting or running' },
  SERVER_BUSY: { status: 503, exit: 1, retryable: true, title: 'The server takes in too many pictures at once' },
  SERVER_STOPPING: { status: 503, exit: 1, retryable: true, title: 'The server is stopping' },
  QUEUE_FULL: { status: 429, exit: 1, retryable: true, title: 'The queue is full' },
  IDEMPOTENCY_CONFLICT: {
    status: 422,
    exit: 1,
    retryable: false,
    title: 'The idempotency key was used for another request',
  },
  RUNNER_CRASHED: { status: 500, exit: 1, retryable: true, title: 'The process that worked on the picture ended' },
  JOB_CRASHED_REPEATEDLY: {
    status: 500,
    exit: 1,
    retryable: false,
    title: 'The picture ended the process that worked on it each time it was tried',
  },
  JOB_TIMEOUT: { status: 504, exit: 1, retryable: false, title: 'The picture took too long' },
  STORAGE_FULL: { status: 507, exit: 1, retryable: true, title: 'There is no room left to store the picture' },
  STORAGE_FAILED: { status: 503, exit: 1, retryable: true, title: 'The store could not be reached' },
  DATABASE_UNAVAILABLE: { status: 503, exit: 3, retryable: true, title: 'The database could not be reached' },
  ABORTED: { status: 499, exit: 130, retryable: true, title: 'The work was stopped' },
  INTERNAL: { status: 500, exit: 1, retryable: false, title: 'Something went wrong inside koutu' },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS
