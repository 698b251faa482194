// Where the files of the repository are on the site. Paths are relative to the root of the repository, with slashes.

const CHINESE = 'zh-cn'

export interface Place {
  /** '' in English. */
  readonly locale: '' | typeof CHINESE
  /** Without the locale; '' for the home page. */
  readonly slug: string
}

/** `docs/start/command.zh-CN.md` is start/command in Chinese; Markdown outside of docs/ is under project/. */
export function placeOf(path: string): Place {
  const locale = path.endsWith('.zh-CN.md') ? CHINESE : ''
  const name = path.replace(/(?:\.zh-CN)?\.md$/, '')
  if (name === 'README' || name === 'docs/README') return { locale, slug: '' }
  return { locale, slug: name.startsWith('docs/') ? name.slice(5) : `project/${name.toLowerCase()}` }
}

/** The page's file under src/content/docs and, beside the HTML, its Markdown. */
export const fileOf = ({ locale, slug }: Place): string => `${locale && `${locale}/`}${slug || 'index'}.md`

export const urlOf = ({ locale, slug }: Place): string => `/${locale && `${locale}/`}${slug && `${slug}/`}`

/** The same page in Chinese. Where it is not translated, the site shows the English text under this address. */
export const inChinese = ({ slug }: Place): Place => ({ locale: CHINESE, slug })
