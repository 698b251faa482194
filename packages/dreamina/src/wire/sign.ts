// The `Sign` header of `/mweb/v1/*`: a checksum of the path and four headers. It is neither secret nor proof of anything.

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

export interface SignedHeaders {
  readonly sign: string | undefined
  readonly pf: string | undefined
  readonly appvr: string | undefined
  readonly deviceTime: string | undefined
  readonly tdid: string | undefined
}

/** Generous to clocks, and short enough that a recorded request grows old. */
const MAX_DEVICE_SKEW_MS = 15 * 60_000

/** Why a server that insists on the sign refuses a request, or null. */
export function signProblem(pathname: string, headers: SignedHeaders, nowMs: number): string | null {
  const { sign: given, pf = '', appvr = '', deviceTime = '', tdid = '' } = headers
  if (!given) return 'the request carries no sign'
  if (!/^\d{1,12}$/.test(deviceTime)) return 'Device-Time is not in unix seconds'
  if (Math.abs(Number(deviceTime) * 1000 - nowMs) > MAX_DEVICE_SKEW_MS) {
    return 'Device-Time is more than 15 minutes from the time of the server'
  }
  const expected = sign({ pathname, pf, appvr, deviceTime: Number(deviceTime), tdid })
  return given.toLowerCase() === expected ? null : 'the sign does not match the path and the headers'
}
