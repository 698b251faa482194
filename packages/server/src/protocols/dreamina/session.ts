// Reads the session of a request from its cookies: an API key of koutu.

/** In the order in which they are believed. */
const COOKIES = ['sessionid', 'sessionid_ss', 'sid_tt', 'sid_guard'] as const

/** Null where no cookie carries one. */
export function sessionOf(cookieHeader: string | undefined): string | null {
  const cookies = new Map<string, string>()
  for (const part of (cookieHeader ?? '').split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    // The first of a name counts, as the one with the longest path comes first (RFC 6265, 5.4).
    if (at > 0 && !cookies.has(name)) cookies.set(name, unquoted(part.slice(at + 1).trim()))
  }
  for (const name of COOKIES) {
    const session = withoutRegion(firstField(cookies.get(name) ?? ''))
    if (session !== '') return session
  }
  return null
}

/** `sid_guard` goes on with times, after `|` or its escape; the others have one field. */
function firstField(value: string): string {
  return value.split(/\||%7c/i)[0]!.trim()
}

/** One family of clients writes the region before the session, and takes it off again or forgets to. */
function withoutRegion(session: string): string {
  return session.replace(/^(us|hk|jp|sg)-/i, '')
}

function unquoted(value: string): string {
  return /^".*"$/.test(value) ? value.slice(1, -1) : value
}
