// onnxruntime from the pack of this platform, which the published package brings along (tools/pack-packages.ts). Where there is
// none, as in a clone, from onnxruntime-node, which holds all platforms and has an install script.

type Runtime = typeof import('onnxruntime-common')

const PACK = `@koutu/ort-${process.platform}-${process.arch}`

async function load(): Promise<Runtime> {
  for (const name of [PACK, 'onnxruntime-node']) {
    try {
      return (await import(name)) as Runtime
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    }
  }
  throw new Error(`expected the package ${PACK} or onnxruntime-node but found neither`)
}

const runtime: Runtime = await load()

export const InferenceSession: Runtime['InferenceSession'] = runtime.InferenceSession
export const Tensor: Runtime['Tensor'] = runtime.Tensor
export const env: Runtime['env'] = runtime.env
export type InferenceSession = import('onnxruntime-common').InferenceSession
export type Tensor = import('onnxruntime-common').Tensor
