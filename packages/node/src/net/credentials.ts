// User and password of a URL: sent to its own origin only, never to the target of a redirect.

/** The Authorization header for `url`, when `start` brought credentials and both are of one origin. */
export function authorization(url: URL, start: URL): { authorization?: string } {
  if (url.origin !== start.origin || (!start.username && !start.password)) return {}
  const pair = `${decodeURIComponent(start.username)}:${decodeURIComponent(start.password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

export function withoutCredentials(url: URL): URL {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain
}
