// The one way to onnxruntime. Its telemetry is on unless the environment says otherwise when the library is loaded: it
// looks up outside hosts and keeps a database in the user's home. So this module says otherwise first, and nothing else
// imports the package (tests/architecture.test.ts).

import { isMainThread } from 'node:worker_threads'
import { KoutuError } from '@koutu/core/errors'

// The environment of a worker thread is a copy that native code does not see.
if (!isMainThread) throw new KoutuError('INTERNAL', { detail: 'onnxruntime was loaded in a worker thread' })
process.env.ORT_DISABLE_TELEMETRY = '1'

export const { InferenceSession, Tensor, env } = await import('onnxruntime-node')
export type InferenceSession = import('onnxruntime-node').InferenceSession
export type Tensor = import('onnxruntime-node').Tensor
