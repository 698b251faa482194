// What the kernels export, as core/src/kernels calls it: core's loops, row by row and band by band, and loops in vectors.
// Arrays are addresses; an instance serves one image at a time and is reset between two.

export { enlargeAcross, enlargeDown, openEnlarge } from './enlarge'
export { anySoft, averageRow, endCells, openGrid, restoreRow, solveGrid } from './foreground'
export { allocate, reset, usedBytes } from './memory'
export { adler32, filterRows, swapSamples } from './png-rows'
export {
  decide,
  decided,
  flatness,
  grid,
  kindOfBand,
  openRefine,
  rowToSample,
  sampleGuide,
  solve,
  upsampleBand,
  useDecision,
} from './refine'
export { addRuns, enclosedRuns, openRuns, runBegins, runEnds, smallRuns } from './specks'
export { addToSurvey, openSurvey, surveyHighest, surveyTotals, surveyUndecided } from './survey'
