// Entry point `@koutu/core/models`: what a model is, the catalog, and files of the user's own, by name.

export { CATALOG, findModel, findRefiner } from './catalog.ts'
export { ModelInput, type ModelKind, ModelManifest, ModelOutput, ModelSource, sourceSpec } from './manifest.ts'
export { QuantizationRecipe } from './recipe.ts'
export { isModelPath, type LocalModelOptions, localManifest, localRefiner, Sidecar, sidecarPaths } from './sidecar.ts'
