// Writes the pages that Astro builds, and what is served beside them: each page as Markdown, the files that pages link to,
// llms.txt, and the sidebar, which is the index of the documentation (docs/README.md).

import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { keepTables, type Link, linksOf, replaceLinks, sectionsOf, splitPage } from './markdown.ts'
import { fileOf, inChinese, type Place, placeOf, urlOf } from './paths.ts'

const INDEX = 'docs/README.md'
const isExternal = (target: string) => /^(?:[a-z]+:|#)/.test(target)
const isPage = (path: string) => path.endsWith('.md')

/** What a link of the file `from` leads to, as a path in the repository. */
const targetOf = (from: string, target: string) => posix.join(posix.dirname(from), target.split('#')[0]!)

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** Pages, and the other files they link to. Markdown outside of docs/ is a page where one links to it. */
function collect(root: string): { pages: string[]; files: string[] } {
  const pages = new Set(globSync('docs/**/*.md', { cwd: root }).sort())
  const files = new Set<string>()
  // A set that grows while it is read is read to its end.
  for (const page of pages) {
    for (const { target } of linksOf(readFileSync(join(root, page), 'utf8'))) {
      if (isExternal(target)) continue
      const path = targetOf(page, target)
      if (!existsSync(join(root, path))) throw new Error(`${page} links to ${target}, which does not exist`)
      if (isPage(path)) pages.add(path)
      else if (statSync(join(root, path)).isFile()) files.add(path)
    }
  }
  return { pages: [...pages].filter((page) => placeOf(page).slug !== ''), files: [...files] }
}

/** Rewrites the links of a page for the site. `urlOfPage` tells where pages are. */
function rewrite(root: string, from: string, body: string, urlOfPage: (place: Place) => string): string {
  const isChinese = placeOf(from).locale !== ''
  const place = (path: string): Place =>
    isChinese && !existsSync(join(root, path.replace(/(?:\.zh-CN)?\.md$/, '.zh-CN.md')))
      ? inChinese(placeOf(path))
      : placeOf(path)
  return replaceLinks(body, ({ isImage, text, target }: Link) => {
    const link = (url: string) => `${isImage ? '!' : ''}[${text}](${url})`
    if (isExternal(target)) return link(target)
    const path = targetOf(from, target)
    const anchor = target.includes('#') ? `#${target.split('#')[1]}` : ''
    if (isPage(path)) return link(urlOfPage(place(path)) + anchor)
    // There are no listings of folders.
    return statSync(join(root, path)).isFile() ? link(`/files/${path}`) : text
  })
}

/** `translated` are the slugs of the pages that there are in Chinese. */
function writePage(root: string, site: string, page: string, translated: ReadonlySet<string>): void {
  const { title, body } = splitPage(readFileSync(join(root, page), 'utf8'))
  const place = placeOf(page)
  const markdown = `/${fileOf(place)}`
  const head = [{ tag: 'link', attrs: { rel: 'alternate', type: 'text/markdown', href: markdown } }]
  const html = rewrite(root, page, body, urlOf)
  // JSON is YAML.
  const front = `---\ntitle: ${JSON.stringify(title)}\nhead: ${JSON.stringify(head)}\n---\n\n`
  write(join(site, 'src/content/docs', fileOf(place)), front + keepTables(html))
  // The home page has none. A page that is not translated has one Markdown file, the English one.
  const urlOfMarkdown = (to: Place) =>
    to.slug === '' ? '/llms.txt' : `/${fileOf(translated.has(to.slug) ? to : { ...to, locale: '' })}`
  write(join(site, 'public', markdown), `# ${title}\n\n${rewrite(root, page, body, urlOfMarkdown)}\n`)
}

interface Entry {
  readonly label: string
  readonly translations: Readonly<Record<string, string>>
  readonly slug: string
}

/** The sidebar: headings and links of the index, with the words of the Chinese index. */
function sidebarOf(root: string) {
  const read = (path: string) => sectionsOf(readFileSync(join(root, path), 'utf8'))
  const chinese = read(INDEX.replace('.md', '.zh-CN.md'))
  const slugOf = ({ target }: Link) => placeOf(targetOf(INDEX, target)).slug
  const labels = new Map(chinese.flatMap(({ links }) => links.map((link) => [slugOf(link), link.text])))
  const isEntry = ({ target }: Link) => !isExternal(target) && target.endsWith('.md') && !target.endsWith('.zh-CN.md')
  return read(INDEX).map(({ heading, links }, i) => ({
    label: heading,
    translations: { 'zh-CN': chinese[i]!.heading },
    items: links.filter(isEntry).map((link): Entry => {
      const slug = slugOf(link)
      return { label: link.text, translations: { 'zh-CN': labels.get(slug) ?? link.text }, slug }
    }),
  }))
}

/** `root` is the repository, `site` the folder that Astro builds. */
export function generate(root: string, site: string): void {
  for (const folder of ['src/content/docs', 'public']) rmSync(join(site, folder), { recursive: true, force: true })
  const { pages, files } = collect(root)
  const translated = new Set(pages.map(placeOf).flatMap(({ locale, slug }) => (locale === '' ? [] : [slug])))
  for (const page of pages) writePage(root, site, page, translated)
  for (const file of [...files, 'examples/photo.jpg', 'examples/on-pink.jpg']) {
    cpSync(join(root, file), join(site, 'public/files', file))
  }
  cpSync(join(site, 'static'), join(site, 'public'), { recursive: true })
  cpSync(join(site, 'home/index.mdx'), join(site, 'src/content/docs/index.mdx'))
  cpSync(join(site, 'home/index.zh-CN.mdx'), join(site, 'src/content/docs/zh-cn/index.mdx'))
  write(join(site, 'src/sidebar.json'), JSON.stringify(sidebarOf(root)))
  const { body } = splitPage(readFileSync(join(root, INDEX), 'utf8'))
  const about =
    'Cuts the subject out of an image: photo in, transparent PNG out. A command, a library and a server, offline.'
  write(
    join(site, 'public/llms.txt'),
    `# koutu\n\n> ${about}\n\n${rewrite(root, INDEX, body, (to) => `/${fileOf(to)}`)}\n`,
  )
}
