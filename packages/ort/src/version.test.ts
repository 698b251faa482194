// The runtime that is installed is the one that is named.

import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { version } from './version.ts'

it.each(['onnxruntime-node', 'onnxruntime-web', 'onnxruntime-common'])('%s has the version that is named', (name) => {
  const manifest = createRequire(import.meta.url)
    .resolve(name)
    .replace(/dist.*$/, 'package.json')
  expect((createRequire(import.meta.url)(manifest) as { version: string }).version).toBe(version)
})
