// The public surface of @koutu/node, by name.

export { encodePreview } from './codec/encode-preview.ts'
export { encodeScaled } from './codec/encode-scaled.ts'
export { encodeView } from './codec/encode-view.ts'
export { listOptionalDecoders } from './codec/optional/decoders.ts'
export { createSharpCodec, type SharpCodecOptions } from './codec/sharp-codec.ts'
export { ACCELERATOR_FACTS, acceleratorsOf } from './device/accelerators.ts'
export { type Adapters, readAdapters } from './device/adapters.ts'
export { createDeviceEngine, type DeviceEngineDeps, isWorthwhile } from './device/device-engine.ts'
export type { DeviceTrial } from './device/device-trial.ts'
export { createDeviceTrials, type DeviceTrials, type DeviceTrialsDeps } from './device/device-trials.ts'
export { floatTest, halfTest, integerTest } from './device/self-tests.ts'
export { type CalibrateRequest, calibrate } from './engine/calibrate.ts'
export { tryDevice, tryProcessor } from './engine/inference-client.ts'
export type { LocatedModel } from './engine/lane.ts'
export { rememberLoad } from './engine/last-load.ts'
export type { Load, ModelFile, TrialResult } from './engine/messages.ts'
export { createOnnxEngine, type OnnxEngineDeps } from './engine/onnx-engine.ts'
export { createOnnxRefiners, type OnnxRefinersDeps } from './engine/onnx-refiners.ts'
export { intAttribute, intsAttribute, textAttribute } from './graph/attributes.ts'
export { bandConvolutions } from './graph/band-convolutions.ts'
export {
  type AttributeValue,
  makeAttribute,
  makeGraph,
  makeModel,
  makeNode,
  makeTensor,
  makeValueInfo,
  TO_THE_END,
} from './graph/build.ts'
export { describeModel, type ModelDescription, type ValueDescription } from './graph/describe.ts'
export { halfToFloat } from './graph/half.ts'
export { narrowModel } from './graph/narrow.ts'
export { toPlainForm } from './graph/node-form.ts'
export {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  DATA_TYPE,
  decodeModel,
  encodeModel,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './graph/onnx.ts'
export { type PrepareOptions, prepareGraph } from './graph/prepare.ts'
export { type WeightLimit, weightLimitFor } from './graph/quantize.ts'
export { type TensorNumbers, tensorNumbers } from './graph/tensors.ts'
export { createKernels } from './kernels/load.ts'
export { type CacheFolder, cacheDir, cacheFolder } from './models/cache-dir.ts'
export { readLocalModel, readLocalRefiner } from './models/local.ts'
export { createModelLocator, createRefinerLocator, type LocatorDeps } from './models/locator.ts'
export type { ImportPack, ModelPack } from './models/pack.ts'
export { packGraphs } from './models/pack-graphs.ts'
export { createProcessorTrial, type ProcessorTrialDeps } from './models/processor-trial.ts'
export { findRecipe, ownRecipePath, writeRecipe } from './models/recipes.ts'
export { createModelStore } from './models/store.ts'
export type {
  ModelStatus,
  ModelStore,
  ModelStoreDeps,
  Preparation,
  PreparedGraph,
  PreparedModel,
  StoredModel,
  Verification,
} from './models/store-types.ts'
export { displayUrl } from './net/display-url.ts'
export { offerToKernel } from './offer-to-kernel.ts'
export { probeCodec, probeProviders, probeRuntime } from './probes.ts'
