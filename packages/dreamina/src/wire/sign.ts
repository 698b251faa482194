// The `Sign` header of `/mweb/v1/*`: a checksum of the path and of four headers. Not a secret and not a proof of anything.

import { md5 } from '@noble/hashes/legacy.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

export interface SignInput {
  /** Without the query. */
  readonly pathname: string
  /** The values of the headers of the same names. */
  readonly pf: string
  readonly appvr: string
  /** Unix seconds. */
  readonly deviceTime: number
  readonly tdid: string
}

/** MD5 over the last seven characters of the path and the headers it is sent with, as lower-case hex. */
export function sign({ pathname, pf, appvr, deviceTime, tdid }: SignInput): string {
  return bytesToHex(md5(utf8ToBytes(`9e2c|${pathname.slice(-7)}|${pf}|${appvr}|${deviceTime}|${tdid}|11ac`)))
}
