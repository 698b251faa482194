// How a URL may be shown: scheme, host and path. Credentials and query strings are secrets.

/** The URL without user, password, query and fragment; text that is no URL is not repeated at all. */
export function displayUrl(url: string | URL): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : url
  if (!parsed) return '(not a URL)'
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}
