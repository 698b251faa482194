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
}
