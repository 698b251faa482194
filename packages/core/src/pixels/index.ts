// Entry point `@koutu/core/pixels`: planes, rasters and their sizes, and what adapters do to their samples, by name.

export { depthOf } from './depth.ts'
export { convertToSrgb, type MatrixProfile, readMatrixProfile } from './icc-matrix.ts'
export { missingGray, missingRows } from './missing-pixels.ts'
export { type Box, createPlane, maxSample, type Plane, type Raster, type Size } from './raster.ts'
export { type ResizeFilter, resizePlane } from './resize.ts'
export { roundToEightBit, toSixteenBit } from './samples.ts'
