import { number, percent, t } from '../i18n/index.ts'
import { secondsText } from '../jobs/run-item.ts'
import { runAction, tooltip } from '../state/actions.ts'
import type { Outcome } from '../state/items.ts'
import { Icon } from './icon.tsx'

export function Report({ outcome: { report } }: { outcome: Outcome }) {
  const { report: words, compare } = t()
  const { input, coverage, model, precision, timingsMs, warnings } = report
  const ms = Object.values(timingsMs).reduce((sum, value) => sum + value, 0)
  return (
    <section class="group">
      <h2>{words.title}</h2>
      <dl class="facts number">
        <dt>{words.size}</dt>
        <dd>
          {number(input.width)} × {number(input.height)}
        </dd>
        <dt>{words.coverage}</dt>
        <dd>{words.ofImage(percent(coverage))}</dd>
        <dt>{words.model}</dt>
        <dd>
          {model} {precision}
        </dd>
        <dt>{words.time}</dt>
        <dd>{secondsText(ms)}</dd>
      </dl>
      <button type="button" class="button" title={tooltip('compare')} onClick={() => runAction('compare')}>
        <Icon name="compare" />
        {compare.open}
      </button>
      {warnings.length > 0 && (
        <ul class="notes" aria-label={words.warnings}>
          {warnings.map(({ code, message }) => (
            <li key={code}>{message}</li>
          ))}
        </ul>
      )}
    </section>
  )
}
