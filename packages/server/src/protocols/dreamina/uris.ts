// URIs of images: `tos-cn-i-<space>/<32 hex>`, with an optional extension. The hex is the id of an upload, or of the job whose
// result it is.

import { REGION_TABLE } from '@koutu/dreamina'
import { isJobId } from '../../jobs/job-keys.ts'

/** The one space there is here, under the name that clients have built in; another one asked for is given this. */
export const SERVICE_ID = REGION_TABLE.CN.serviceId
export const BUCKET = `tos-cn-i-${SERVICE_ID}`

/** `ending` with its dot, or empty. */
export function uriOf(id: string, ending = ''): string {
  return `${BUCKET}/${id.replaceAll('-', '')}${ending}`
}

/** Null for a name that this server never gave. */
export function idOf(uri: string): string | null {
  const hex = new RegExp(`^${BUCKET}/([0-9a-f]{32})(\\.[a-z0-9]{1,5})?$`).exec(uri)?.[1]
  const id = hex?.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') ?? ''
  return isJobId(id) ? id : null
}
