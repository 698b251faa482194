// What `assembly/` exports, as JavaScript calls it. Every number that is not a size or a count is an address.

export interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  allocate(bytes: number): number
  usedBytes(): number
  /** Frees and clears everything allocated. */
  reset(): void
  openRefine(width: number, height: number, workingPixels: number): number
  rowToSample(y: number, last: 0 | 1): number
  sampleGuide(y: number, first: number, last: number): void
  decide(coarse: number, width: number, height: number): void
  grid(): number
  flatness(): number
  decided(): number
  useDecision(grid: number, flatness: number, decided: number): void
  solve(coarse: number, width: number, height: number, iterations: number, fadedPin: number): void
  kindOfBand(from: number, to: number): number
  upsampleBand(from: number, to: number, guide: number, out: number): void
  openGrid(width: number, columns: number, rows: number, side: number, stride: number): void
  averageRow(rgb: number, alpha: number): void
  endCells(y: number, read: number): void
  solveGrid(): void
  anySoft(alpha: number, count: number): number
  restoreRow(rgb: number, alpha: number, y: number): void
  openEnlarge(fromWidth: number, toWidth: number, firsts: number, taps: number, mostRows: number): void
  enlargeAcross(rgb: number, to: number): void
  enlargeDown(a: number, b: number, c: number, d: number, taps: number, out: number): void
  openRuns(width: number, height: number, threshold: number, above: boolean, diagonal: boolean): void
  addRuns(alpha: number, from: number, y: number): void
  smallRuns(minArea: number): number
  enclosedRuns(minArea: number): number
  runBegins(): number
  runEnds(): number
  openSurvey(width: number, height: number, threshold: number): void
  addToSurvey(alpha: number, from: number, y: number): void
  surveyTotals(): number
  surveyHighest(): number
  surveyUndecided(): number
  swapSamples(at: number, bytes: number): void
  filterRows(rows: number, count: number, rowBytes: number, pixel: number, choose: boolean, out: number): void
  adler32(at: number, bytes: number, sum: number): number
}
