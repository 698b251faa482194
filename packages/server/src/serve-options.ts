// The options of `koutu serve` as data. Flags, help and the table of the server guide derive from them.

import { DeviceOptions, optionInfo } from '@koutu/core'
import { z } from 'zod'
import { DEFAULT_MAX_PIXELS } from './limits/server-memory.ts'

export { SCOPES } from './keys/key-service.ts'

export const ENGINES = ['onnx', 'dreamina'] as const

export const ServeOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').register(optionInfo, {
    title: 'Host',
    help: 'Address to listen on. One that others can reach requires API keys.',
    group: 'server',
    value: 'ADDRESS',
  }),
  port: z.number().int().min(0).max(65_535).default(8787).register(optionInfo, {
    title: 'Port',
    help: 'Port to listen on. 0 selects a free port.',
    group: 'server',
  }),
  requireKeys: z.boolean().default(false).register(optionInfo, {
    title: 'Require keys',
    help: 'Require API keys from this machine too. Use this behind a proxy.',
    group: 'server',
  }),
  insecure: z.boolean().default(false).register(optionInfo, {
    title: 'Insecure',
    help: 'Allow everyone who can reach the server to use it without an API key, including pages of any origin.',
    group: 'server',
  }),
  allowOrigin: z
    .array(z.string().regex(/^(\*|https?:\/\/[^/?#@\s]+)$/i, 'Expected * or an origin such as https://shop.example'))
    .default([])
    .register(optionInfo, {
      title: 'Allowed origins',
      help: 'Allow pages of these origins to use the server (CORS), separated by commas. * allows any origin.',
      group: 'server',
      value: 'URL,URL',
      fromText: (text) => text.split(',').map((part) => part.trim()),
      toText: (value: readonly string[]) => value.join(','),
    }),
  allowHost: z
    .array(z.string().regex(/^[a-z0-9*][a-z0-9.-]*$/i, 'Expected a host name'))
    .default([])
    .register(optionInfo, {
      title: 'Allowed hosts',
      help: 'Accept requests for these host names on a server without API keys, separated by commas.',
      group: 'server',
      value: 'NAME,NAME',
      fromText: (text) => text.split(',').map((part) => part.trim()),
      toText: (value: readonly string[]) => value.join(','),
    }),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .regex(/^[a-z]+:\/\/[^/?#@]+\/?$/i, 'Expected a URL without path, user or query')
    .transform((url) => new URL(url).origin)
    .optional()
    .register(optionInfo, {
      title: 'Public URL',
      help: 'Start links with this URL instead of the Host header. Use this behind a proxy with TLS.',
      group: 'server',
      value: 'URL',
    }),
  tls: z.enum(['self-signed']).optional().register(optionInfo, {
    title: 'TLS',
    help: 'Serve HTTPS with a certificate made for this machine and kept in the data folder.',
    group: 'server',
  }),
  tlsNames: z
    .array(z.string().regex(/^[a-z0-9*][a-z0-9.:-]*$/i, 'Expected a host name or an IP address'))
    .default([])
    .register(optionInfo, {
      title: 'TLS names',
      help: 'Host names and IP addresses for the self-signed certificate besides localhost, separated by commas.',
      group: 'server',
      value: 'NAME,NAME',
      fromText: (text) => text.split(',').map((part) => part.trim()),
      toText: (value: readonly string[]) => value.join(','),
    }),
  tlsCert: z.string().min(1).optional().register(optionInfo, {
    title: 'TLS certificate',
    help: 'PEM file with the TLS certificate and its chain.',
    group: 'server',
    value: 'FILE',
  }),
  tlsKey: z.string().min(1).optional().register(optionInfo, {
    title: 'TLS key',
    help: 'PEM file with the private key of the TLS certificate.',
    group: 'server',
    value: 'FILE',
  }),
  dreaminaStrictSign: z.boolean().default(false).register(optionInfo, {
    title: 'Strict Dreamina sign',
    help: 'Reject Dreamina requests whose sign is missing, wrong or older than 15 minutes.',
    group: 'server',
  }),
  engines: z
    .array(z.enum(ENGINES))
    .min(1)
    .default(['onnx'])
    .register(optionInfo, {
      title: 'Engines',
      help: 'Engines that clients may use, separated by commas. dreamina spends the credits of your account.',
      group: 'server',
      value: ENGINES.join(','),
      fromText: (text) => text.split(',').map((part) => part.trim()),
      toText: (value: readonly string[]) => value.join(','),
    }),
  ...DeviceOptions.shape,
  compat: z.enum(['removebg']).optional().register(optionInfo, {
    title: 'Compatibility',
    help: 'Use the defaults of this service for its clients. removebg: preview size, at most 25 megapixels (PNG 10), files up to 22 MB.',
    group: 'server',
  }),
  removebgRate: z.number().int().min(1).max(1_000_000).default(500).register(optionInfo, {
    title: 'Rate for remove.bg clients',
    help: 'Limit the megapixels per minute that a remove.bg client may send with one API key.',
    group: 'limits',
  }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').register(optionInfo, {
    title: 'Log level',
    help: 'Write log messages of this level and above to stderr, as one JSON object per line.',
    group: 'server',
  }),
  stopTimeout: z.number().min(0).max(3600).default(30).register(optionInfo, {
    title: 'Stop timeout',
    help: 'Wait this long for running jobs on shutdown. Unfinished jobs resume at the next start.',
    group: 'server',
    unit: 's',
  }),
  data: z.string().min(1).optional().register(optionInfo, {
    title: 'Data folder',
    help: 'Folder for database, images and uploads. Default: KOUTU_DATA_DIR, or the data folder of the system.',
    group: 'storage',
    value: 'FOLDER',
  }),
  repair: z.boolean().default(false).register(optionInfo, {
    title: 'Repair',
    help: 'Restore a damaged embedded database from what is readable and its last dump. The damaged one is kept aside.',
    group: 'storage',
  }),
  check: z.boolean().default(false).register(optionInfo, {
    title: 'Check',
    help: 'Check data folder, storage, database, jobs and model, print what is wrong, and exit.',
    group: 'storage',
  }),
  databaseUrl: z.string().min(1).optional().register(optionInfo, {
    title: 'Database',
    help: 'Use this PostgreSQL database instead of the embedded one. Prefer KOUTU_DATABASE_URL, which keeps the password out of the process list.',
    group: 'storage',
    value: 'URL',
  }),
  databaseConnections: z.number().int().min(1).max(1000).optional().register(optionInfo, {
    title: 'Database connections',
    help: 'Connections to PostgreSQL, and one more that listens. Default: 10 of a server, 2 of a worker.',
    group: 'storage',
  }),
  storage: z.string().min(1).optional().register(optionInfo, {
    title: 'Storage',
    help: 'Store images here: a folder, or s3://bucket/prefix.',
    group: 'storage',
    value: 'FOLDER|URL',
  }),
  retention: z.number().min(0.01).max(8760).default(24).register(optionInfo, {
    title: 'Retention',
    help: 'Delete images and results this long after their job has ended.',
    group: 'storage',
    unit: 'h',
  }),
  deleteInputs: z.boolean().default(false).register(optionInfo, {
    title: 'Delete inputs',
    help: 'Delete input images as soon as their job has ended. Results are kept for the retention.',
    group: 'storage',
  }),
  jobs: z.number().int().min(0).max(256).optional().register(optionInfo, {
    title: 'Jobs',
    help: 'Images in progress at once. 0 leaves them to workers elsewhere. Default: up to 4, as memory allows.',
    group: 'limits',
  }),
  maxQueue: z.number().int().min(1).max(10_000_000).default(1000).register(optionInfo, {
    title: 'Maximum queue length',
    help: 'Reject jobs with 429 when this many are waiting.',
    group: 'limits',
  }),
  maxWait: z.number().min(1).max(86_400).optional().register(optionInfo, {
    title: 'Maximum wait',
    help: 'Reject a request that waits for its result with 503 when the result is expected later than this.',
    group: 'limits',
    unit: 's',
  }),
  maxUnfinished: z.number().int().min(1).max(10_000_000).default(500).register(optionInfo, {
    title: 'Maximum jobs per key',
    help: 'Unfinished jobs per API key, unless the key has a limit of its own.',
    group: 'limits',
  }),
  rate: z.number().int().min(1).max(1_000_000).default(600).register(optionInfo, {
    title: 'Rate',
    help: 'Requests per minute per API key, or per address without keys, unless the key has a limit of its own.',
    group: 'limits',
  }),
  maxUploads: z.number().int().min(1).max(1000).default(64).register(optionInfo, {
    title: 'Maximum uploads',
    help: 'Reject uploads with 503 when this many are in progress.',
    group: 'limits',
  }),
  maxBytes: z
    .number()
    .int()
    .min(1)
    .max(2 ** 32)
    .default(50 * 2 ** 20)
    .register(optionInfo, {
      title: 'Maximum file size',
      help: 'Reject larger image files.',
      group: 'limits',
      unit: 'bytes',
    }),
  maxPixels: z.number().int().min(1).max(400e6).default(DEFAULT_MAX_PIXELS).register(optionInfo, {
    title: 'Maximum input pixels',
    help: 'Reject images with more pixels, before decoding.',
    group: 'limits',
    unit: 'px',
  }),
  maxBatch: z.number().int().min(1).max(1000).default(100).register(optionInfo, {
    title: 'Maximum batch size',
    help: 'Images per batch request.',
    group: 'limits',
  }),
  decodeMemory: z
    .number()
    .int()
    .min(2 ** 20)
    .max(2 ** 42)
    .optional()
    .register(optionInfo, {
      title: 'Memory for images',
      help: 'Memory for uploads, images in progress and results, besides the network. Further images wait. Default: up to 1.4 GB.',
      group: 'limits',
      unit: 'bytes',
    }),
  uploadTimeout: z.number().min(1).max(3600).default(60).register(optionInfo, {
    title: 'Upload timeout',
    help: 'Give up on a request that takes longer to arrive, or that pauses for a quarter of this time.',
    group: 'limits',
    unit: 's',
  }),
  jobTimeout: z.number().min(1).max(86_400).default(300).register(optionInfo, {
    title: 'Job timeout',
    help: 'Give up on an image that takes longer.',
    group: 'limits',
    unit: 's',
  }),
  outageTimeout: z.number().min(0).max(8760).default(24).register(optionInfo, {
    title: 'Outage timeout',
    help: 'Keep jobs waiting this long while storage or database is unavailable. Then they fail.',
    group: 'limits',
    unit: 'h',
  }),
  offline: z.boolean().default(false).register(optionInfo, {
    title: 'Offline',
    help: 'Fetch no URLs and send no webhooks.',
    group: 'network',
  }),
  pullModels: z.boolean().default(false).register(optionInfo, {
    title: 'Pull models',
    help: 'Download models of the catalog that clients ask for. Until then the nearest installed model answers clients of rembg.',
    group: 'network',
  }),
  allowPrivateUrls: z.boolean().default(false).register(optionInfo, {
    title: 'Allow private addresses',
    help: 'Allow URLs and webhooks of clients that resolve to private or loopback addresses.',
    group: 'network',
  }),
  fetchTimeout: z.number().min(1).max(3600).default(30).register(optionInfo, {
    title: 'Fetch timeout',
    help: 'Give up on a URL after this time, redirects included.',
    group: 'network',
    unit: 's',
  }),
})
export type ResolvedServeOptions = z.output<typeof ServeOptions>

/** The options that `koutu worker` shares with `koutu serve`. */
export const WorkerOptions = ServeOptions.pick({
  databaseUrl: true,
  databaseConnections: true,
  storage: true,
  retention: true,
  jobs: true,
  device: true,
  decodeMemory: true,
  jobTimeout: true,
  outageTimeout: true,
  stopTimeout: true,
  logLevel: true,
})
export type ResolvedWorkerOptions = z.output<typeof WorkerOptions>
