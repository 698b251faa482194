// Decides which addresses a URL given by a user may resolve to: public unicast only. Knows no names and opens no connections.

import ipaddr from 'ipaddr.js'

/** Public by number, yet answered by the cloud host itself: Azure's wire server. */
const HOST_SERVICES: ReadonlySet<string> = new Set(['168.63.129.16'])

/** Global unicast (RFC 4291): what lies outside is local, mapped, translated or unassigned. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an IP address in any notation is public. IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) is refused, as it
 * names a second address that a translator on the way would use.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv6 ? address.match(GLOBAL_UNICAST) : !HOST_SERVICES.has(address.toString())
}
