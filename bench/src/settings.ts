// How much is measured: everything, or what five minutes allow. Data only.

export interface Settings {
  /** Images of the evaluation folder in the warm loop. */
  readonly warmPictures: number
  readonly warmRounds: number
  readonly coldRounds: number
  readonly folderPictures: number
  readonly folderRounds: number
  readonly memoryPictures: number
  /** Beside rembg: of the folder, and of the warm loop, which is slow with alpha matting. */
  readonly rembgPictures: number
  readonly rembgWarmPictures: number
  readonly networkPictures: number
  readonly networkRounds: number
  /** Limits of memory in which a folder and a server are tried. */
  readonly smallLimitsMb: readonly number[]
  readonly sizesMegapixels: readonly number[]
  readonly sizesCalls: number
  /** In one run of the command. */
  readonly manyPictures: number
  /** Runs of each graph of the machine's limit. */
  readonly limitRuns: number
}

export const FULL: Settings = {
  warmPictures: 79,
  warmRounds: 3,
  coldRounds: 7,
  folderPictures: 79,
  folderRounds: 2,
  memoryPictures: 3,
  rembgPictures: 28,
  rembgWarmPictures: 10,
  networkPictures: 12,
  networkRounds: 5,
  smallLimitsMb: [384, 512, 768, 1024, 2048],
  sizesMegapixels: [0.3, 1, 3, 6, 12, 24, 50],
  sizesCalls: 3,
  manyPictures: 1000,
  limitRuns: 30,
}

export const QUICK: Settings = {
  warmPictures: 10,
  warmRounds: 2,
  coldRounds: 2,
  folderPictures: 8,
  folderRounds: 1,
  memoryPictures: 1,
  rembgPictures: 6,
  rembgWarmPictures: 2,
  networkPictures: 4,
  networkRounds: 2,
  smallLimitsMb: [768],
  sizesMegapixels: [0.3, 1, 12],
  sizesCalls: 1,
  manyPictures: 40,
  limitRuns: 10,
}
