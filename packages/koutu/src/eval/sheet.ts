// The report as one self-contained HTML page: images as data URLs, style and script inline. All text is escaped, and a content
// security policy allows only the script of the page.

import { createHash } from 'node:crypto'
import { METRICS, type Metric } from '@koutu/core'
import type { PictureFailed, PictureScored } from './evaluate.ts'
import type { EvalReport, GroupSummary } from './summary.ts'
import type { Thumbnails } from './thumbnails.ts'

const VIEWS: readonly (readonly [keyof Thumbnails & string, string])[] = [
  ['photo', 'Photo'],
  ['truth', 'Truth'],
  ['checkerboard', 'koutu on a checkerboard'],
  ['magenta', 'koutu on magenta'],
  ['difference', 'Difference'],
]
const FIRST_ORDER = 'mae'

/** The HTML of a report; `thumbnails` by image id, an image without them shows its scores only. */
export function renderSheet(report: EvalReport, thumbnails: ReadonlyMap<string, Thumbnails>): string {
  const order = METRICS.find((metric) => metric.id === FIRST_ORDER)!
  const scored = report.pictures.filter((picture) => picture.ok).sort((a, b) => badness(order, b) - badness(order, a))
  const failed = report.pictures.filter((picture) => !picture.ok)
  const scriptHash = createHash('sha256').update(SCRIPT).digest('base64')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; form-action 'none'">
<title>${escapeHtml(report.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(report.title)}</h1>
<p>${report.scored} scored, ${report.failed} failed. Tier T is shown separately and is not part of any other mean.</p>
</header>
<main>
<section aria-labelledby="by-tier"><h2 id="by-tier">By tier</h2>
${groupTable('Tier', [...report.tiers, ...(report.overall ? [{ ...report.overall, name: 'all but T' }] : [])])}</section>
<section aria-labelledby="by-kind"><h2 id="by-kind">By kind</h2>
${groupTable('Kind', report.kinds)}</section>
${failed.length > 0 ? failures(failed) : ''}<section aria-labelledby="images"><h2 id="images">Images</h2>
<p class="bar"><label>Worst first by <select id="order">${METRICS.map(option).join('')}</select></label>
<span class="key"><i class="over"></i> too much kept <i class="under"></i> too little kept</span></p>
<div id="cards">
${scored.map((picture) => card(picture, thumbnails.get(picture.id))).join('\n')}
</div></section>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`
}

/** Larger is worse, whatever the metric's direction. */
function badness(metric: Metric, picture: PictureScored): number {
  return metric.better === 'lower' ? picture.scores[metric.id] : -picture.scores[metric.id]
}

function option({ id, title, help }: Metric): string {
  return `<option value="${id}"${id === FIRST_ORDER ? ' selected' : ''}>${escapeHtml(`${title}: ${help}`)}</option>`
}

function groupTable(heading: string, groups: readonly GroupSummary[]): string {
  const head = METRICS.map(
    ({ title, help, better }) =>
      `<th scope="col" title="${escapeHtml(`${help} ${better === 'lower' ? 'Lower' : 'Higher'} is better.`)}">${escapeHtml(title)} ${better === 'lower' ? '↓' : '↑'}</th>`,
  ).join('')
  const rows = groups.map(
    ({ name, count, scores }) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${count}</td>${METRICS.map(({ id, digits }) => `<td>${scores[id].toFixed(digits)}</td>`).join('')}</tr>`,
  )
  return `<div class="scroll"><table><thead><tr><th scope="col">${heading}</th><th scope="col">Images</th>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
`
}

function failures(failed: readonly PictureFailed[]): string {
  const lines = failed.map(({ id, error }) => `<li><b>${escapeHtml(id)}</b> ${escapeHtml(error.message)}</li>`)
  return `<section aria-labelledby="failed"><h2 id="failed">Failed</h2><ul>${lines.join('')}</ul></section>
`
}

function card(picture: PictureScored, thumbnails: Thumbnails | undefined): string {
  const keys = METRICS.map((metric) => ` data-${metric.id.toLowerCase()}="${badness(metric, picture)}"`).join('')
  const scores = METRICS.map(
    ({ id, title, digits }) => `<div><dt>${escapeHtml(title)}</dt><dd>${picture.scores[id].toFixed(digits)}</dd></div>`,
  ).join('')
  const views = thumbnails
    ? `<div class="views">${VIEWS.map(
        ([view, title]) =>
          `<figure><img src="${escapeHtml(String(thumbnails[view]))}" width="${thumbnails.width}" height="${thumbnails.height}" loading="lazy" alt="${escapeHtml(`${picture.id}: ${title}`)}"><figcaption>${title}</figcaption></figure>`,
      ).join('')}</div>`
    : ''
  const time = Object.values(picture.timingsMs).reduce((sum, ms) => sum + ms, 0)
  return `<article${keys}><h3>${escapeHtml(picture.id)} <small>tier ${escapeHtml(picture.tier)} · ${escapeHtml(picture.kind)} · ${picture.width} × ${picture.height} · ${Math.round(time)} ms</small></h3>
<dl>${scores}</dl>${views}</article>`
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character]!,
  )
}

const SCRIPT = `
const order = document.getElementById('order')
const cards = document.getElementById('cards')
order.addEventListener('change', () => {
  const key = order.value.toLowerCase()
  cards.append(...[...cards.children].sort((a, b) => b.dataset[key] - a.dataset[key]))
})
`

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1d21; --soft: #666b76; --paper: #fafaf8; --card: #fff; --line: #e2e2dd }
@media (prefers-color-scheme: dark) { :root { --ink: #ececea; --soft: #a0a4ad; --paper: #161719; --card: #1f2023; --line: #34363b } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 110rem; padding: 1.5rem clamp(.75rem, 3vw, 2.5rem) 4rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { margin: 0; font-size: clamp(1.3rem, 3vw, 2rem); line-height: 1.2; overflow-wrap: anywhere }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere }
p, small, dt, figcaption { color: var(--soft) }
small { font-weight: normal }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }
th:first-child { padding-left: 0; text-align: left }
.bar { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: center }
.bar label { min-width: 0; max-width: 100% }
select { width: 100%; max-width: 30rem; padding: .35rem; font: inherit }
.key i { display: inline-block; width: .8em; height: .8em; margin-left: .6em; border-radius: 2px }
.over { background: #ff7f00 }
.under { background: #007fff }
article { margin: 0 0 1rem; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px }
dl { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: .4rem 0 .8rem; font-variant-numeric: tabular-nums }
dl div { display: flex; gap: .4rem }
dd { margin: 0 }
.views { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 9.5rem), 1fr)); gap: .6rem }
@media (min-width: 70rem) { .views { grid-template-columns: repeat(5, 1fr) } }
figure { margin: 0 }
img { display: block; width: 100%; height: auto; border-radius: 4px; background: var(--line) }
figcaption { font-size: .8rem }
`
