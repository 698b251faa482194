// Int8 graphs of IS-Net general-use, made by koutu's own preparation and ready to run from where they lie. A clone of the
// repository has none: they are made when the package is packed, and until then koutu prepares its own from float16 weights.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of the float16 model file that the graphs were made from. */
export const sha256: string = 'b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb'

export interface PackedFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export interface ReadyGraph {
  /** Hash of all that the graph depends on: model file, tool, options. */
  readonly key: string
  readonly graph: PackedFile
  /** The weights that the graph maps. */
  readonly data: PackedFile
}

const FOLDER = fileURLToPath(new URL('../weights', import.meta.url))
const INDEX = join(FOLDER, 'index.json')

/** The graphs in this package; none in a clone. */
export function ready(): readonly ReadyGraph[] {
  if (!existsSync(INDEX)) return []
  const graphs = JSON.parse(readFileSync(INDEX, 'utf8')) as readonly ReadyGraph[]
  const placed = (file: PackedFile) => ({ ...file, path: join(FOLDER, file.path) })
  return graphs.map(({ key, graph, data }) => ({ key, graph: placed(graph), data: placed(data) }))
}
