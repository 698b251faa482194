// Entry point `@koutu/core/compose`: colors and the layout of results, by name.

export { formatColor, parseColor, type Rgba } from './color.ts'
export { fitPixels, mostPixels } from './layout.ts'
