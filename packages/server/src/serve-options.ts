// The options of a server, as data: flags, help and the guide's table derive from them.

import { optionInfo } from '@koutu/core'
import { z } from 'zod'

export { SCOPES } from './keys/key-service.ts'

export const ENGINES = ['onnx', 'dreamina'] as const

export const ServeOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').register(optionInfo, {
    title: 'Host',
    help: 'Address to listen on; one that others can reach needs keys.',
    group: 'server',
    value: 'ADDRESS',
  }),
  port: z.number().int().min(0).max(65_535).default(8787).register(optionInfo, {
    title: 'Port',
    help: 'Port to listen on; 0 takes a free one.',
    group: 'server',
  }),
  requireKeys: z.boolean().default(false).register(optionInfo, {
    title: 'Require keys',
    help: 'Needs keys on this machine too, as behind a proxy.',
    group: 'server',
  }),
  insecure: z.boolean().default(false).register(optionInfo, {
    title: 'Insecure',
    help: 'Allow everyone who can reach the server to use it without a key, pages of any origin included.',
    group: 'server',
  }),
  allowOrigin: z
    .array(z.string().regex(/^(\*|https?:\/\/[^/?#@\s]+)$/i, 'Expected * or an origin such as https://shop.example'))
    .default([])
    .register(optionInfo, {
      title: 'Allowed origins',
      help: 'Allow pages of these origins to use the server (CORS), separated by commas; * allows any.',
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
      help: 'Host names under which a server without keys may be reached, separated by commas.',
      group: 'server',
      value: 'NAME,NAME',
      fromText: (text) => text.split(',').map((part) => part.trim()),
      toText: (value: readonly string[]) => value.join(','),
    }),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .regex(/^[a-z]+:\/\/[^/?#@]+\/?$/i, 'Expected an address without path, user or query')
    .transform((url) => new URL(url).origin)
    .optional()
    .register(optionInfo, {
      title: 'Public address',
      help: 'Address that links begin with, where the Host header does not say it, as behind a proxy that speaks TLS.',
      group: 'server',
      value: 'URL',
    }),
  tls: z.enum(['self-signed']).optional().register(optionInfo, {
    title: 'TLS',
    help: 'Speaks TLS with a certificate made for this machine, kept in the data folder.',
    group: 'server',
  }),
  tlsNames: z
    .array(z.string().regex(/^[a-z0-9*][a-z0-9.:-]*$/i, 'Expected a host name or an IP address'))
    .default([])
    .register(optionInfo, {
      title: 'TLS names',
      help: 'Names and addresses beside localhost that the self-signed certificate is for, with commas.',
      group: 'server',
      value: 'NAME,NAME',
      fromText: (text) => text.split(',').map((part) => part.trim()),
      toText: (value: readonly string[]) => value.join(','),
    }),
  tlsCert: z.string().min(1).optional().register(optionInfo, {
    title: 'TLS certificate',
    help: 'PEM file with the certificate, and its chain, to speak TLS with.',
    group: 'server',
    value: 'FILE',
  }),
  tlsKey: z.string().min(1).optional().register(optionInfo, {
    title: 'TLS key',
    help: 'PEM file with the private key of the certificate.',
    group: 'server',
    value: 'FILE',
  }),
  dreaminaStrictSign: z.boolean().default(false).register(optionInfo, {
    title: 'Strict Dreamina sign',
    help: 'Refuses requests of the Dreamina protocol whose sign is missing, wrong or older than 15 minutes.',
    group: 'server',
  }),
  engines: z
    .array(z.enum(ENGINES))
    .min(1)
    .default(['onnx'])
    .register(optionInfo, {
      title: 'Engines',
      help: 'Engines that clients may ask for, with commas; dreamina spends the credits of your account.',
      group: 'server',
      value: ENGINES.join(','),
      fromText: (text) => text.split(',').map((part) => part.trim()),
      toText: (value: readonly string[]) => value.join(','),
    }),
  compat: z.enum(['removebg']).optional().register(optionInfo, {
    title: 'Compatibility',
    help: 'Use the defaults of this service for its clients; removebg: preview size, at most 25 megapixels (PNG 10), files up to 22 MB.',
    group: 'server',
  }),
  removebgRate: z.number().int().min(1).max(1_000_000).default(500).register(optionInfo, {
    title: 'Rate for remove.bg clients',
    help: 'Limit the megapixels a minute that one key may send as a remove.bg client.',
    group: 'limits',
  }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').register(optionInfo, {
    title: 'Log level',
    help: 'How much is written to standard error, as one JSON object a line.',
    group: 'server',
  }),
  stopTimeout: z.number().min(0).max(3600).default(30).register(optionInfo, {
    title: 'Stop time limit',
    help: 'Longest wait for running pictures when the server is stopped; what is not done is taken up at the next start.',
    group: 'server',
    unit: 's',
  }),
  data: z.string().min(1).optional().register(optionInfo, {
    title: 'Data folder',
    help: 'Folder for database, pictures and uploads; else KOUTU_DATA_DIR, else the system’s place for data.',
    group: 'storage',
    value: 'FOLDER',
  }),
  databaseUrl: z.string().min(1).optional().register(optionInfo, {
    title: 'Database',
    help: 'A PostgreSQL instead of the embedded one; better given as KOUTU_DATABASE_URL.',
    group: 'storage',
    value: 'URL',
  }),
  storage: z.string().min(1).optional().register(optionInfo, {
    title: 'Storage',
    help: 'Where pictures are kept: a folder, or s3://bucket/prefix.',
    group: 'storage',
    value: 'FOLDER|URL',
  }),
  retention: z.number().min(0.01).max(8760).default(24).register(optionInfo, {
    title: 'Retention',
    help: 'How long pictures and results are kept after their job has ended.',
    group: 'storage',
    unit: 'h',
  }),
  jobs: z.number().int().min(0).max(256).optional().register(optionInfo, {
    title: 'Jobs',
    help: 'Images in progress at once; 0 leaves them to workers elsewhere. Default: up to 4, as memory allows.',
    group: 'limits',
  }),
  maxQueue: z.number().int().min(1).max(10_000_000).default(1000).register(optionInfo, {
    title: 'Longest queue',
    help: 'Jobs that may wait; more are answered with 429.',
    group: 'limits',
  }),
  maxUnfinished: z.number().int().min(1).max(10_000_000).default(500).register(optionInfo, {
    title: 'Jobs of one key',
    help: 'Jobs of one key that may wait or run, where the key says nothing else.',
    group: 'limits',
  }),
  rate: z.number().int().min(1).max(1_000_000).default(600).register(optionInfo, {
    title: 'Rate',
    help: 'Requests a minute of one key, or of one address without keys, where the key says nothing else.',
    group: 'limits',
  }),
  maxUploads: z.number().int().min(1).max(1000).default(64).register(optionInfo, {
    title: 'Uploads at once',
    help: 'Uploads that may be under way; more are answered with 503.',
    group: 'limits',
  }),
  maxBytes: z
    .number()
    .int()
    .min(1)
    .max(2 ** 32)
    .default(50 * 2 ** 20)
    .register(optionInfo, {
      title: 'Largest file',
      help: 'Refuses pictures of more bytes.',
      group: 'limits',
      unit: 'bytes',
    }),
  maxPixels: z.number().int().min(1).max(400e6).default(50e6).register(optionInfo, {
    title: 'Largest picture',
    help: 'Refuses pictures of more pixels, before decoding.',
    group: 'limits',
    unit: 'px',
  }),
  maxBatch: z.number().int().min(1).max(1000).default(100).register(optionInfo, {
    title: 'Largest batch',
    help: 'Pictures in one request.',
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
      help: 'Memory for images in progress, beside the network; others wait. Default: up to 3 GiB, as memory allows.',
      group: 'limits',
      unit: 'bytes',
    }),
  uploadTimeout: z.number().min(1).max(3600).default(60).register(optionInfo, {
    title: 'Upload time limit',
    help: 'Longest time for one request to arrive; silence of a quarter of it ends it, too.',
    group: 'limits',
    unit: 's',
  }),
  jobTimeout: z.number().min(1).max(86_400).default(300).register(optionInfo, {
    title: 'Job time limit',
    help: 'Longest time for one picture.',
    group: 'limits',
    unit: 's',
  }),
  offline: z.boolean().default(false).register(optionInfo, {
    title: 'Offline',
    help: 'Fetches no URLs and sends no webhooks.',
    group: 'network',
  }),
  allowPrivateUrls: z.boolean().default(false).register(optionInfo, {
    title: 'Allow private addresses',
    help: 'Lets URLs and webhooks of clients point to private and loopback addresses.',
    group: 'network',
  }),
  fetchTimeout: z.number().min(1).max(3600).default(30).register(optionInfo, {
    title: 'Fetch time limit',
    help: 'Longest time for one URL, redirects included.',
    group: 'network',
    unit: 's',
  }),
})
export type ResolvedServeOptions = z.output<typeof ServeOptions>

/** What a worker on a machine of its own has in common with a server. */
export const WorkerOptions = ServeOptions.pick({
  databaseUrl: true,
  storage: true,
  retention: true,
  jobs: true,
  decodeMemory: true,
  jobTimeout: true,
  stopTimeout: true,
  logLevel: true,
})
export type ResolvedWorkerOptions = z.output<typeof WorkerOptions>
