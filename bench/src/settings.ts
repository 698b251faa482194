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
  readonly rembgFolderRounds: number
  readonly rembgWarmPictures: number
  /** Clients of both servers that ask at once, and about so many requests of each number of clients. */
  readonly serverClients: readonly number[]
  readonly serverRequests: number
  /** Mattes beside pymatting's, which take up to a minute each. */
  readonly mattePictures: number
  /** In a page: fresh pages of each variant, calls in each after the first, pages with an empty cache. */
  readonly browserRounds: number
  readonly browserCalls: number
  readonly browserColdRounds: number
  /** Compared with the library in Node, in each precision. */
  readonly browserPictures: number
  /** One after another in one page. */
  readonly browserManyPictures: number
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
  rembgFolderRounds: 2,
  rembgWarmPictures: 10,
  serverClients: [1, 8, 32],
  serverRequests: 24,
  mattePictures: 8,
  browserRounds: 3,
  browserCalls: 3,
  browserColdRounds: 3,
  browserPictures: 20,
  browserManyPictures: 100,
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
  rembgPictures: 12,
  rembgFolderRounds: 1,
  rembgWarmPictures: 3,
  serverClients: [1, 8, 32],
  serverRequests: 4,
  mattePictures: 3,
  browserRounds: 1,
  browserCalls: 2,
  browserColdRounds: 1,
  browserPictures: 4,
  browserManyPictures: 20,
  networkPictures: 4,
  networkRounds: 2,
  smallLimitsMb: [768],
  sizesMegapixels: [0.3, 1, 12],
  sizesCalls: 1,
  manyPictures: 40,
  limitRuns: 10,
}
