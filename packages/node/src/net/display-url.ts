// Formats a URL for display: scheme, host and path. Credentials and query strings are secrets.

import { excerpt } from '@koutu/core'

/** The URL without user, password, query and fragment, 200 characters of it; text that is no URL is not repeated at all. */
export function displayUrl(url: string | URL): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : url
  if (!parsed) return '(not a URL)'
  return excerpt(`${parsed.protocol}//${parsed.host}${parsed.pathname}`)
}
