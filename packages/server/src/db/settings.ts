/** Where the database is: embedded in a folder, in memory, or PostgreSQL. */
export type DatabaseSettings =
  | {
      readonly type: 'folder'
      readonly folder: string
      /** Whether a damaged database is restored from its dump. Otherwise it is refused. */
      readonly mayRepair?: boolean
    }
  | {
      readonly type: 'memory'
      /** PGlite's dump of the database to start from; an empty one is created without it. */
      readonly from?: Blob
    }
  | {
      readonly type: 'postgres'
      readonly url: string
      /** Of this process; one more listens. */
      readonly maxConnections?: number | undefined
      readonly superviseSeconds?: number
    }
