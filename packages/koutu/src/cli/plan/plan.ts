// Expands arguments to jobs: one input, one output. Ambiguous outputs are rejected before anything runs. Only reads the disk.

import { FORMAT_FILES, invalidOptions, type KoutuError, type OutputFormat } from '@koutu/core'
import { isDataUrl, isUrl } from '../../is-url.ts'
import { shorten } from '../../shorten.ts'
import { createClaims } from './claims.ts'
import { type Destination, type Found, type Naming, outputOf } from './destination.ts'
import { type FileTree, fileSystem } from './file-tree.ts'
import { findInputs } from './find-inputs.ts'

export interface Job {
  /** Path, URL or `-`. */
  readonly input: string
  /** How the input is shown: never with a URL's query or credentials. */
  readonly label: string
  /** Path, or `-` for stdout. */
  readonly output: string
}

export interface Plan {
  readonly total: number
  /** The images, found anew at each call, so that the list is never held whole. */
  jobs(): AsyncGenerator<Job>
  /** Inputs that cannot be had, with the reason. */
  readonly missing: readonly { readonly label: string; readonly error: KoutuError }[]
  /** Files that were left out because koutu wrote them. */
  readonly results: number
  /** What a file is to the run, by any of its names. */
  roleOf(path: string): Promise<'input' | 'result' | null>
}

export interface PlanRequest {
  readonly inputs: readonly string[]
  readonly destination: Destination
  readonly format: OutputFormat
  readonly fullNames: boolean
  /** Paths that the run reads besides its inputs. No result replaces them. */
  readonly files?: readonly string[]
}

/** Errors: INVALID_OPTIONS when inputs and output do not fit together. */
export async function makePlan(request: PlanRequest, tree: FileTree = fileSystem): Promise<Plan> {
  const { inputs, destination, format, fullNames, files = [] } = request
  const outputFolder = destination.type === 'folder' ? destination.path : null
  // Whoever names one file and its result means it.
  const takesResults = destination.type === 'file' && inputs.length === 1
  const naming = { destination, extension: FORMAT_FILES[format].extension, fullNames }
  const findings = () => findInputs(inputs, { tree, outputFolder, takesResults, fullNames })
  const allJobs = async function* () {
    for await (const finding of findings()) if (finding.type === 'image') yield jobOf(finding, naming)
  }

  const missing: { label: string; error: KoutuError }[] = []
  let results = 0
  const claims = await createClaims(tree, files)
  for await (const finding of findings()) {
    if (finding.type === 'missing') missing.push({ label: labelOf(finding.input), error: finding.error })
    else if (finding.type === 'result') results++
    else await claims.add(jobOf(finding, naming))
  }
  const count = claims.inputs + missing.length
  if (destination.type === 'file' && count > 1) {
    const message = `Expected a folder, such as 'out/', for ${count} inputs but received the file '${destination.path}'`
    throw invalidOptions([{ path: '--output', message }])
  }
  await claims.check(allJobs())
  return { total: claims.total, missing, results, roleOf: claims.roleOf, jobs: () => claims.unique(allJobs()) }
}

export function jobOf(found: Found, naming: Naming): Job {
  return { input: found.input, label: labelOf(found.input), output: outputOf(found, naming) }
}

/** A URL without credentials, query and data; anything else as it is. */
export function labelOf(input: string): string {
  if (isDataUrl(input)) return `${shorten(input.split(',', 1)[0]!, 60)},…`
  if (!isUrl(input)) return input
  const url = URL.parse(input)
  return url ? `${url.protocol}//${url.host}${url.pathname}` : 'the URL'
}
