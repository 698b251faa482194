// The public surface of @koutu/testing, by name.

export { buildTestModel, LOGIT_SCALE, type TestModelOptions } from './onnx-models.ts'
