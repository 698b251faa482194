// The public surface of @koutu/testing, by name.

export { type ChannelUser, channelContract } from './channel-contract.ts'
export { type CodecFeatures, codecContract } from './codec-contract.ts'
export { drawCutout, drawDisc, drawGradient } from './drawn.ts'
export {
  BACKGROUNDS,
  CAMERAS,
  type Camera,
  type DrawnBackground,
  type DrawnTruth,
  type DrawnTruthOptions,
  drawTruth,
} from './drawn-truths/drawn-truth.ts'
export { type NetworkAnswerOptions, networkAnswer } from './drawn-truths/network-answer.ts'
export { SUBJECT_CLASSES, type SubjectClass } from './drawn-truths/subjects.ts'
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
export { CONTRACT_MODELS, contractRamp, type EngineCase, engineContract } from './engine-contract.ts'
export { exifBytes, matrixProfile, toSrgb, WIDE_SPACE, withJpegExif, withPngChunk } from './file-parts.ts'
export { buildTestModel, buildTestRefiner, LOGIT_SCALE, type TestModelOptions } from './onnx-models.ts'
export {
  drawnAlpha,
  drawnPixel,
  FILE_HEIGHT,
  FILE_WIDTH,
  OPTIONAL_FILES,
  type OptionalFile,
} from './optional-files.ts'
export { type FinishedProcess, type RunProcessOptions, runNode } from './run-process.ts'
export { blobsContract, type OpenBlobs, readBlob } from './server/blobs-contract.ts'
export { collect } from './server/collect.ts'
export { contentBytes } from './server/content-bytes.ts'
export { emptyDatabase, placeEmptyDatabase } from './server/empty-database.ts'
export { createFakeRunner, type FakePicture, type FakeRunner, fakeCutout, fakePicture } from './server/fake-runner.ts'
export { type JobContractDatabase, jobContract } from './server/job-contract.ts'
export { createMemoryBlobs, type MemoryBlobs } from './server/memory-blobs.ts'
export { createPictureRunner } from './server/picture-runner.ts'
export { openStoreKit, SILENT, type StoreKit } from './server/store-kit.ts'
export { type TiffParts, writeTiff } from './tiff.ts'
export { unzip } from './unzip.ts'
