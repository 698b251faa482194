// What `assembly/` exports, as JavaScript calls it. Every number that is not a size or a count is an address.

export interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  allocate(bytes: number): number
  refineAlpha(
    coarse: number,
    coarseWidth: number,
    coarseHeight: number,
    guide: number,
    guideWidth: number,
    guideHeight: number,
    iterations: number,
    workingPixels: number,
  ): number
  openGrid(width: number, columns: number, rows: number, side: number, stride: number): void
  averageRow(rgb: number, alpha: number): void
  endCells(y: number, read: number): void
  solveGrid(): void
  anySoft(alpha: number, count: number): number
  restoreRow(rgb: number, alpha: number, y: number): void
  openParts(width: number, height: number, threshold: number, above: boolean, diagonal: boolean): void
  addRow(alpha: number, y: number): void
  keepSmall(minArea: number): number
  keepEnclosed(minArea: number): number
  runBegins(): number
  runEnds(): number
}
