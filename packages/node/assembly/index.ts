// The costly loops of a matte and of a PNG in AssemblyScript, compiled to WebAssembly: for the matte's, core's functions of the
// same names are the reference, and say where each comes from. Planes are addresses; an instance serves one image at a time
// and is reset between two.

export { anySoft, averageRow, endCells, openGrid, restoreRow, solveGrid } from './foreground'
export { allocate, reset, usedBytes } from './memory'
export { adler32, filterRows, swapSamples } from './png-rows'
export { kindOfBand, openRefine, rowToSample, sampleGuide, solve, upsampleBand } from './refine'
export { addRuns, enclosedRuns, openRuns, runBegins, runEnds, smallRuns } from './specks'
