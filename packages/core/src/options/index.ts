// Entry point `@koutu/core/options`: the option schemas and what reads, resolves and describes them, by name.

export { decodeOptions, decodeTexts, describeOptions, type OptionDescriptor } from './describe.ts'
export { ACCELERATORS, type Accelerator, DEVICES, type Device, DeviceOptions } from './device.ts'
export { FORMAT_FILES, OUTPUT_FORMATS, type OutputFormat } from './format-files.ts'
export { extensionOf, formatOfPath } from './format-of-path.ts'
export { type EngineRequest, type GroupedOptions, groupOptions, type ModelChoice } from './grouped.ts'
export { OWN_REFINER } from './groups.ts'
export { type OptionInfo, type OptionText, optionInfo } from './option-info.ts'
export { type EngineChoice, engineOption, LOCAL_ENGINE, Options, type ResolvedOptions } from './options.ts'
export type { OptionsOr } from './options-type.ts'
export { invalidOptions, type OptionProblem, resolve, resolveOptions, resolveWith } from './resolve.ts'
export { type ResolvedRunOptions, RunOptions } from './run-options.ts'
export { Area, Background, Canvas, Hint, Margin, Position, Region, Subjects } from './values.ts'
