// What a page tells of one call.

export interface PageCall {
  /** From an image file in memory to the bytes of a PNG. */
  readonly ms: number
  /** Of the end of the call. */
  readonly sinceNavigationMs: number
  /** Of the page's own thread during the call; 0 where none took 50 ms. */
  readonly longestTaskMs: number
  readonly bytes: number
  /** What ran, where the library tells. */
  readonly detail: string
}
