// Entry point `@koutu/core/zod`: what the command and its options use of zod, which `tools/build-bundles.ts` bundles. The package
// itself is eighty modules, most of them translations of its messages, and takes each thread that loads it 40 ms.

export type { input, output, ZodBoolean } from 'zod'
export { array, boolean, custom, enum, number, strictObject, string, ZodDefault, ZodObject, ZodType } from 'zod'
