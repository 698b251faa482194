// What makes a location an address rather than a path. Apart from what reads them, since the command asks before it loads that.

const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i

export function isUrl(location: string): boolean {
  return SCHEME.test(location)
}

export function isDataUrl(location: string): boolean {
  return /^data:/i.test(location)
}
