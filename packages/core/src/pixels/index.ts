// Entry point `@koutu/core/pixels`: planes, rasters and their sizes, by name.

export { type Box, createPlane, maxSample, type Plane, type Raster, type Size } from './raster.ts'
export { type ResizeFilter, resizePlane } from './resize.ts'
