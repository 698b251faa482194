// The one way to onnxruntime. Its telemetry is on unless the environment says otherwise when the library is loaded: it
// looks up outside hosts and keeps a database in the user's home. So this module says otherwise first, and nothing else
// imports the package (tests/architecture.test.ts).

import { isMainThread } from 'node:worker_threads'
import { KoutuError } from '@koutu/core/errors'

// The environment of a worker thread is a copy that native code does not see.
if (!isMainThread) throw new KoutuError('INTERNAL', { detail: 'onnxruntime was loaded in a worker thread' })
process.env.ORT_DISABLE_TELEMETRY = '1'

type Runtime = typeof import('@koutu/ort')
const runtime: Runtime = await import('@koutu/ort')

export const InferenceSession: Runtime['InferenceSession'] = runtime.InferenceSession
export const Tensor: Runtime['Tensor'] = runtime.Tensor
export const env: Runtime['env'] = runtime.env
export const isWasm: Runtime['isWasm'] = runtime.isWasm
export const providers: Runtime['providers'] = runtime.providers
export type InferenceSession = import('@koutu/ort').InferenceSession
export type Tensor = import('@koutu/ort').Tensor
