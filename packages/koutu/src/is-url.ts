// Tells URLs from paths. A file of its own, because the command needs it before it loads the code that reads them.

const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i

/** Whether it is a URL of any kind, data: among them. */
export function isUrl(location: string): boolean {
  return SCHEME.test(location) || isDataUrl(location)
}

export function isDataUrl(location: string): boolean {
  return /^data:/i.test(location)
}
