// What `koutu mcp` hands to its tools: the library, the plan of the command, and the files it writes.

import { createHash } from 'node:crypto'
import { CATALOG, type OutputFormat, type ResolvedOptions, resolveOptions } from '@koutu/core'
import { asksTheSame, type Cutter, type ImagePlan, type PlanRequest } from '@koutu/mcp'
import { createSharpCodec, encodePreview, encodeView } from '@koutu/node'
import type { Destination } from '../cli/plan/destination.ts'
import { makePlan } from '../cli/plan/plan.ts'
import { withRecord } from '../cli/plan/result-record.ts'
import { type CoarseFile, fromCoarseFile, toCoarseFile } from '../coarse-file.ts'
import { openModelStore } from '../model-store.ts'
import type { Options } from '../options.ts'
import type { Remover } from '../remover.ts'
import { writeWhole } from '../write-file.ts'

/** `remover` is made at the first need. `offline` keeps URLs from being fetched. */
export function createCutter(remover: () => Promise<Remover>, { offline }: { readonly offline: boolean }): Cutter {
  return {
    async cut(input, options, ctx, kept) {
      const { remove, refine } = await remover()
      const asked = toLibrary(options, offline)
      // What lies at a URL may have changed, and is not read here.
      const inputHash = input instanceof URL ? null : hashOf(input)
      const former = kept as KeptCoarse | null | undefined
      const isSame = former && former.inputHash === inputHash && asksTheSame(former.options, options)
      const { image, report, coarse } = isSame
        ? await refine(input, await fromCoarseFile(former.coarse), asked, ctx)
        : await remove(input, asked, ctx)
      const { format, mimeType, width, height } = image
      const found = inputHash && coarse ? { inputHash, options, coarse: await toCoarseFile(coarse) } : null
      return { format, mimeType, width, height, report, kept: found, bytes: () => image.bytes() }
    },
    async preview(image, maxSide) {
      return { bytes: await encodePreview(image, maxSide), mimeType: 'image/jpeg' }
    },
    async show(image, maxSide) {
      const { maxPixels, maxFrames } = resolveOptions({})
      const limits = { maxBytes: image.length, maxPixels, maxFrames }
      const request = { keepIcc: false, keepMetadata: false, damaged: 'keep', limits } as const
      const picture = await createSharpCodec().decode(image, request, {})
      const { width, height } = picture
      return { bytes: await encodeView(picture, maxSide), mimeType: 'image/webp', width, height }
    },
    write: (path, image, format) => writeWhole(path, markedAsResult(image, format)),
    plan,
    async models() {
      const statuses = await openModelStore(true).list(CATALOG)
      return CATALOG.map(({ id, about, license }, i) => ({
        id,
        about,
        license: license.id,
        commercial: license.commercial,
        installed: statuses[i]!.state === 'ready' || statuses[i]!.state === 'packed',
      }))
    },
    async warm() {
      await (await remover()).warm()
    },
  }
}

/** As a file: a session keeps those of its last results. */
interface KeptCoarse {
  readonly inputHash: string
  readonly options: ResolvedOptions
  readonly coarse: CoarseFile
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Options of core are options of the library. */
function toLibrary(options: ResolvedOptions, offline: boolean): Options {
  return { ...(options as Options), offline: offline || options.offline }
}

/** By the record, no folder takes the result for an image. It names no input, so that no run takes it for its own. */
function markedAsResult(image: Uint8Array, format: OutputFormat): Uint8Array {
  const optionsKey = createHash('sha256').update('mcp').digest('hex').slice(0, 16)
  return withRecord(format, image, { optionsKey, sourceKey: optionsKey.slice(0, 8), inputBytes: 0 })
}

async function plan({ inputs, folder, format }: PlanRequest): Promise<ImagePlan> {
  const destination: Destination = folder === null ? { type: 'beside' } : { type: 'folder', path: folder }
  const { total, missing, jobs } = await makePlan({ inputs, destination, format, fullNames: false })
  return { total, missing: missing.map(({ label, error }) => ({ input: label, error })), images: jobs }
}
