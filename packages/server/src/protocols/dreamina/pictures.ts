// Images by their URI: uploads, and results, which can be used as input again. Images of other owners are not found.

import type { RecordImage } from '@koutu/dreamina'
import type { AppDeps } from '../../app-deps.ts'
import type { Job, Owner } from '../../jobs/job-service.ts'
import type { StoredPicture } from '../../pictures/picture-service.ts'
import type { BlobRef } from '../../ports/ports.ts'
import type { LinkKind, PictureLinks } from './links.ts'
import { idOf, uriOf } from './uris.ts'

export interface KnownPicture {
  readonly kind: LinkKind
  readonly id: string
  readonly blob: BlobRef
  readonly width: number
  readonly height: number
  readonly format: string
}

type PictureDeps = Pick<AppDeps, 'pictures' | 'aliases' | 'jobs'>

/** Null for a URI that leads to nothing of this owner's. */
export async function findByUri(owner: Owner, uri: string, deps: PictureDeps): Promise<KnownPicture | null> {
  const id = idOf(uri)
  if (id === null) return null
  const upload = await deps.pictures.get(owner, id)
  if (upload) return inputOf(upload)
  const alias = await deps.aliases.ofJob(id)
  const job = alias?.ownerId === owner.id ? await deps.jobs.get(owner, id) : null
  return job && resultOf(job)
}

/** What a signed link leads to; the link has proved that it may. */
export async function findByLink(kind: LinkKind, id: string, deps: PictureDeps): Promise<KnownPicture | null> {
  if (kind === 'input') {
    const upload = await deps.pictures.find(id)
    return upload && inputOf(upload)
  }
  const alias = await deps.aliases.ofJob(id)
  const job = alias && (await deps.jobs.get({ id: alias.ownerId }, id))
  return job && resultOf(job)
}

function inputOf({ id, blob, header: { width, height, format } }: StoredPicture): KnownPicture {
  return { kind: 'input', id, blob, width, height, format }
}

/** Null for a job that has no image, or no longer. */
export function resultOf({ id, state, result }: Job): KnownPicture | null {
  if (state !== 'succeeded' || !result) return null
  const { blob, width, height } = result
  return { kind: 'result', id, blob, width, height, format: blob.contentType.replace(/^image\//, '') }
}

/** As answers name it, with an address that needs no session. */
export function toRecordImage(
  { kind, id, blob, width, height, format }: KnownPicture,
  origin: string,
  links: PictureLinks,
  { clock, settings }: Pick<AppDeps, 'clock' | 'settings'>,
): RecordImage {
  const path = links.sign({ kind, id, format }, clock.nowMs(), settings.linkLifeMs)
  return { uri: uriOf(id), url: `${origin}${path}`, width, height, format, bytes: blob.bytes }
}
