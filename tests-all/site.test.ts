// The documentation's site: built from docs/, its links followed, its pages opened in Chromium in both languages, at two widths
// and in two themes. Needs the npm registry and Chromium.

import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPage, startChromium } from './browser/chromium.ts'
import { openSite, type Site } from './browser/site.ts'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'apps/site/dist')
const read = (path: string) => readFileSync(join(DIST, path), 'utf8')

let browser: Browser
let site: Site
beforeAll(async () => {
  await promisify(execFile)('npm', ['run', 'site'], { cwd: ROOT, maxBuffer: 1 << 26 })
  site = await openSite({ folders: { '/': DIST } })
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  await site?.[Symbol.asyncDispose]()
})

const htmlPages = () => globSync('**/*.html', { cwd: DIST }).sort()

/** What a page refers to, as it is written there. */
const referencesOf = (html: string) =>
  [...html.matchAll(/\s(?:href|src|srcset|poster|action)="([^"]*)"/g)].map(([, url]) => url!.replaceAll('&amp;', '&'))

/** The file of a path on the site, as a static server finds it. */
const fileOf = (path: string) => (path.endsWith('/') ? `${path}index.html` : path).slice(1)

const idsOf = new Map<string, Set<string>>()
function hasAnchor(file: string, anchor: string): boolean {
  if (!idsOf.has(file)) idsOf.set(file, new Set([...read(file).matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!)))
  return idsOf.get(file)!.has(anchor)
}

function isBroken(page: string, reference: string): boolean {
  if (/^(?:https?|mailto|data):/.test(reference)) return false
  const [path, anchor] = decodeURI(reference).split('#') as [string, string | undefined]
  const file = path === '' ? page : fileOf(path.startsWith('/') ? path : posix.join('/', dirname(page), path))
  if (!existsSync(join(DIST, file))) return true
  return Boolean(anchor) && file.endsWith('.html') && !hasAnchor(file, anchor!)
}

describe('the built site', () => {
  it('has no broken link', () => {
    const pages = htmlPages()
    expect(pages.length).toBeGreaterThan(60)
    expect(isBroken('index.html', '/start/nowhere/')).toBe(true)
    expect(isBroken('index.html', '/faq/#nothing')).toBe(true)
    const broken = pages.flatMap((page) =>
      referencesOf(read(page))
        .filter((reference) => isBroken(page, reference))
        .map((reference) => `${page}: ${reference}`),
    )
    expect(broken).toEqual([])
  })

  it('keeps the lines of tables that a program prints, and wraps its other output', () => {
    expect(read('quality/index.html')).toMatch(/<pre data-language="text"(?![^>]*class="wrap")/)
    expect(read('start/command/index.html')).toMatch(/<pre data-language="plaintext" class="wrap"/)
  })

  it('loads nothing from another host', () => {
    const loading = /<(?:script|img|link|iframe|source|video)\b[^>]*\s(?:src|href|srcset)="(?:https?:)?\/\/[^"]*"/g
    expect(htmlPages().flatMap((page) => read(page).match(loading) ?? [])).toEqual([])
    const styles = globSync('**/*.css', { cwd: DIST }).map(read).join('\n')
    expect(styles.match(/(?:url\(|@import)\s*["']?(?:https?:)?\/\/[^)\s]*/g) ?? []).toEqual([])
  })

  it('offers each page as Markdown, and an index for models', () => {
    const index = read('llms.txt')
    expect(index).toMatch(/^# koutu\n\n> /)
    const linked = [...index.matchAll(/\]\((\/[^)]+)\)/g)].map(([, path]) => path!)
    expect(linked.length).toBeGreaterThan(25)
    expect(linked.filter((path) => !existsSync(join(DIST, path)))).toEqual([])
    for (const path of ['/start/command.md', '/zh-cn/start/command.md']) {
      expect(read(path)).toMatch(/^# .+\n\n```sh\nnpm install -g koutu/)
      expect(read(fileOf(path.replace('.md', '/')))).toContain(`type="text/markdown" href="${path}"`)
    }
    const markdown = globSync('{*,zh-cn/*,*/*}.md', { cwd: DIST })
    const broken = markdown.flatMap((file) =>
      [...read(file).matchAll(/\]\((\/[^)#\s]+)/g)]
        .filter(([, path]) => !existsSync(join(DIST, fileOf(path!))))
        .map(([, path]) => `${file}: ${path}`),
    )
    expect(broken).toEqual([])
  })
})

const PAGES = [
  '',
  'start/command/',
  'start/library/',
  'browser/',
  'models/',
  'recipes/',
  'guides/cost/',
  'options/',
  'reference/http/',
  'compat/removebg/',
  'performance/',
  'quality/',
  'troubleshooting/',
]
const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } }

describe.each(Object.entries(WIDTHS))('in Chromium, on a %s', (_, viewport) => {
  it.each([
    ['en', 'light'],
    ['en', 'dark'],
    ['zh-CN', 'light'],
    ['zh-CN', 'dark'],
  ] as const)('pages in %s and %s fit, without an error or another host', async (lang, colorScheme) => {
    const home = `${site.origin}${lang === 'en' ? '' : 'zh-cn/'}`
    const { page, errors, hosts } = await openPage(browser, home, { viewport, colorScheme })
    for (const path of PAGES) {
      await page.goto(home + path)
      const html = page.locator('html')
      expect([await html.getAttribute('lang'), await html.getAttribute('data-theme')], path).toEqual([
        lang,
        colorScheme,
      ])
      const [content, width] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      )
      expect(content, path).toBeLessThanOrEqual(width)
      expect(errors, path).toEqual([])
    }
    expect([...hosts]).toEqual([new URL(site.origin).host])
    await page.context().close()
  })
})

describe('a reader', () => {
  it.each([
    ['', 'halo', '/faq/'],
    ['zh-cn/', '断点续跑', '/zh-cn/'],
  ])('searches offline: /%s', async (path, words, result) => {
    const { page, errors, hosts } = await openPage(browser, `${site.origin}${path}`)
    await page.locator('site-search button[data-open-modal]').click()
    await page.locator('.pagefind-ui__search-input').fill(words)
    const links = page.locator('.pagefind-ui__result-link')
    await links.first().waitFor()
    const found = await links.evaluateAll((all) => all.map((link) => (link as unknown as { href: string }).href))
    expect(found.some((href) => new URL(href).pathname.startsWith(result))).toBe(true)
    expect(errors).toEqual([])
    expect(hosts.size).toBe(1)
    await page.context().close()
  })

  it('uncovers the cutout on the home page', async () => {
    const { page } = await openPage(browser, site.origin)
    const visible = () => page.evaluate("getComputedStyle(document.querySelector('.compare .after')).clipPath")
    expect(await visible()).toBe('inset(0px 0px 0px 50%)')
    await page.locator('.compare input').press('Home')
    expect(await visible()).toBe('inset(0px 0px 0px 0%)')
    await page.context().close()
  })
})
