// The public surface of @koutu/testing, by name.

export { codecContract } from './codec-contract.ts'
export { drawCutout, drawDisc, drawGradient } from './drawn.ts'
export {
  type DreaminaFake,
  type DreaminaFakeOptions,
  type FakeCall,
  type FakeStep,
  type Fault,
  startDreaminaFake,
  thresholdCutout,
} from './dreamina-fake/fake.ts'
export { decodePng, encodePng, type PngPicture } from './dreamina-fake/png.ts'
export { exifBytes, matrixProfile, toSrgb, WIDE_SPACE, withJpegExif, withPngChunk } from './file-parts.ts'
export { buildTestModel, LOGIT_SCALE, type TestModelOptions } from './onnx-models.ts'
export { type FinishedProcess, type RunProcessOptions, runNode } from './run-process.ts'
