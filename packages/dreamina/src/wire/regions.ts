// The five regions as data. An account belongs to one cluster: CN, US, or the one behind HK, JP and SG.

export const REGIONS = ['CN', 'US', 'HK', 'JP', 'SG'] as const
export type RegionId = (typeof REGIONS)[number]

export interface Region {
  readonly id: RegionId
  /** Origins, without a path. */
  readonly api: string
  readonly commerce: string
  readonly web: string
  readonly imagex: string
  readonly aid: number
  readonly language: string
  /** Used where the upload token names no space. */
  readonly serviceId: string
  /** Region of the AWS4 scope. */
  readonly awsRegion: string
}

const CN: Region = {
  id: 'CN',
  api: 'https://jimeng.jianying.com',
  commerce: 'https://jimeng.jianying.com',
  web: 'https://jimeng.jianying.com',
  imagex: 'https://imagex.bytedanceapi.com',
  aid: 513695,
  language: 'zh-Hans',
  serviceId: 'tb4s082cfz',
  awsRegion: 'cn-north-1',
}

const US: Region = {
  id: 'US',
  api: 'https://dreamina-api.us.capcut.com',
  commerce: 'https://commerce.us.capcut.com',
  web: 'https://dreamina.capcut.com',
  imagex: 'https://imagex16-normal-us-ttp.capcutapi.us',
  aid: 513641,
  language: 'en',
  serviceId: 'wopfjsm1ax',
  awsRegion: 'us-east-1',
}

const SG: Region = {
  id: 'SG',
  api: 'https://mweb-api-sg.capcut.com',
  commerce: 'https://commerce-api-sg.capcut.com',
  web: 'https://dreamina.capcut.com',
  imagex: 'https://imagex-normal-sg.capcutapi.com',
  aid: 513641,
  language: 'en',
  serviceId: 'wopfjsm1ax',
  awsRegion: 'ap-southeast-1',
}

export const REGION_TABLE: Readonly<Record<RegionId, Region>> = {
  CN,
  US,
  SG,
  HK: { ...SG, id: 'HK' },
  JP: { ...SG, id: 'JP', language: 'ja' },
}

/** Domains that clients of the service have built in: API, commerce, ImageX, uploads, results. */
const SERVICE_DOMAINS =
  /(^|\.)(jianying\.com|capcut\.com|capcutapi\.com|capcutapi\.us|bytedanceapi\.com|bytedancevod\.com|snssdk\.com|byteimg\.com)$/i

/** Whether a host, without its port, is one of the service's own names. */
export function isServiceHost(hostname: string): boolean {
  return SERVICE_DOMAINS.test(hostname)
}
