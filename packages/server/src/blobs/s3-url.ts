// Parses S3 storage URLs. Credentials come from the environment.

export interface S3Settings {
  readonly bucket: string
  /** Before every key; empty, or ending in a slash. */
  readonly prefix: string
  /** Another server than Amazon's. Buckets are then addressed by path. */
  readonly endpoint?: string
  readonly region?: string
}

/** `s3://bucket/prefix`, with `?endpoint=` and `&region=` where the environment does not say them. Null for other text. */
export function parseS3Url(text: string): S3Settings | null {
  const url = URL.parse(text)
  if (url?.protocol !== 's3:' || !url.hostname || url.username || url.password) return null
  const path = url.pathname.split('/').filter(Boolean).join('/')
  const endpoint = url.searchParams.get('endpoint') ?? undefined
  const region = url.searchParams.get('region') ?? undefined
  if (endpoint !== undefined && !/^https?:\/\//.test(endpoint)) return null
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    ...(endpoint ? { endpoint } : {}),
    ...(region ? { region } : {}),
  }
}
