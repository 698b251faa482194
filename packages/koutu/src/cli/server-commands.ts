// The commands of the optional package @koutu/server as data. Their options lie in that package, so they are loaded when one
// of these commands is called, and every other command works without it.

import * as z from '@koutu/core/zod'
import { optionalPackage } from '../optional-package.ts'
import { commaSeparated, defineCommand, json, option, required } from './command-spec.ts'

const serverOptions = () => optionalPackage('@koutu/server', () => import('@koutu/server/options'))

async function keysOptions() {
  const { ServeOptions } = await serverOptions()
  return z.strictObject({ data: ServeOptions.shape.data, databaseUrl: ServeOptions.shape.databaseUrl, json })
}

async function newKeyOptions() {
  const { SCOPES } = await serverOptions()
  return (await keysOptions()).extend({
    scopes: option(
      z
        .array(z.enum(SCOPES))
        .min(1)
        .default([...SCOPES]),
      'Scopes',
      'Permissions of the key, separated by commas.',
      { value: 'SCOPES', ...commaSeparated },
    ),
    rate: option(
      z.number().int().min(1).max(1_000_000).optional(),
      'Rate',
      'Requests per minute. Default: the limit of the server.',
    ),
    concurrency: option(
      z.number().int().min(1).max(1_000_000).optional(),
      'Concurrency',
      'Unfinished jobs at a time. Default: the limit of the server.',
    ),
  })
}

const KEYS = [
  defineCommand({
    name: 'keys create',
    about: 'Create an API key and print it. It is shown only once.',
    args: [{ syntax: '<name>', about: 'A name of 1 to 100 characters, for your own reference.' }],
    options: newKeyOptions,
    async run({ args, options }, env) {
      return (await import('./keys-command.ts')).createKey(required(args), options, env)
    },
  }),
  defineCommand({
    name: 'keys list',
    about: 'List API keys without their secrets.',
    args: [],
    options: keysOptions,
    async run({ options }, env) {
      return (await import('./keys-command.ts')).listKeys(options, env)
    },
  }),
  defineCommand({
    name: 'keys revoke',
    about: 'Revoke an API key immediately.',
    args: [{ syntax: '<id>', about: 'Id of the key.' }],
    options: keysOptions,
    async run({ args, options }, env) {
      return (await import('./keys-command.ts')).revokeKey(required(args), options, env)
    },
  }),
  defineCommand({
    name: 'keys webhook-secret',
    about: 'Print the secret that signs the webhooks of an API key.',
    args: [{ syntax: '[id]', about: 'Id of the key. Default: the secret of a server without keys.' }],
    options: keysOptions,
    async run({ args: [id], options }, env) {
      return (await import('./keys-command.ts')).printWebhookSecret(id, options, env)
    },
  }),
]

export const SERVER = [
  defineCommand({
    name: 'serve',
    about: 'Serve cutouts over HTTP, with jobs that survive a restart.',
    args: [],
    options: async () => (await serverOptions()).ServeOptions,
    async run({ options }, env) {
      return (await import('./serve-command.ts')).runServe(options, env)
    },
  }),
  defineCommand({
    name: 'worker',
    about: 'Process jobs of servers that share a PostgreSQL database and a store with this machine.',
    args: [],
    options: async () => (await serverOptions()).WorkerOptions,
    async run({ options }, env) {
      return (await import('./worker-command.ts')).runWorker(options, env)
    },
  }),
  defineCommand({
    name: 'studio-export',
    about: 'Write the studio page as a folder for any static web server. It processes images in the browser.',
    args: [{ syntax: '<folder>', about: 'A folder to write to.' }],
    options: z.strictObject({}),
    async run({ args }, env) {
      return (await import('./studio-export-command.ts')).runStudioExport(required(args), env)
    },
  }),
  ...KEYS,
]
