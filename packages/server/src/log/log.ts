// Structured log lines on stderr. Fields are chosen explicitly at each place: ids, numbers and codes, never request content.

import { type DestinationStream, destination, type Logger as Pino, pino, stdTimeFunctions } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Should a header or an address ever get into a record, these do not come out again. */
const SECRETS = ['authorization', 'cookie', 'password', 'secret', 'token', 'url', 'databaseUrl', '["x-api-key"]']

export function createLogger(level: LogLevel, stream: DestinationStream = destination({ fd: 2, sync: false })): Pino {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRETS.flatMap((name) => [name, name.startsWith('[') ? `*${name}` : `*.${name}`]),
        censor: '…',
      },
    },
    stream,
  )
}
