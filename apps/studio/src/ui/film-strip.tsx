import { useEffect, useRef } from 'preact/hooks'
import { t } from '../i18n/index.ts'
import { runAction, tooltip } from '../state/actions.ts'
import { hasEnded, type Item, items, select, selected, totals } from '../state/items.ts'
import { Icon } from './icon.tsx'

export function FilmStrip() {
  const { strip } = t()
  return (
    <nav class="strip" aria-label={strip.label}>
      <ol>
        {items.value.map((item) => (
          <Card key={item.id} item={item} />
        ))}
      </ol>
      <div class="strip-foot">
        <Totals />
        <button
          type="button"
          class="button"
          title={tooltip('add')}
          aria-label={t().actions.add}
          onClick={() => runAction('add')}
        >
          <Icon name="add" />
          <span>{strip.add}</span>
        </button>
      </div>
    </nav>
  )
}

function Totals() {
  const { all, done, failed, secondsLeft } = totals.value
  const { strip } = t()
  if (all < 2) return null
  return (
    <p class="number">
      {strip.total(done, all)}
      {failed > 0 && <>, {strip.failed(failed)}</>}
      {secondsLeft > 0 && <span class="quiet">{strip.left(secondsLeft)}</span>}
    </p>
  )
}

function Card({ item }: { item: Item }) {
  const { status, progress, thumbnail } = item
  const isCurrent = selected.value === item
  const words = t()
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (isCurrent) button.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [isCurrent])
  return (
    <li class="card" data-status={status.value}>
      <button
        type="button"
        class="thumb"
        aria-current={isCurrent}
        aria-label={words.card.open(item.name, words.status[status.value])}
        title={item.name}
        onClick={() => select(item)}
        ref={button}
      >
        <Thumbnail bitmap={thumbnail.value} />
        {!hasEnded(status.value) && <Ring share={status.value === 'running' ? progress.value : 0} />}
        {status.value === 'failed' && (
          <span class="badge">
            <Icon name="error" />
          </span>
        )}
      </button>
    </li>
  )
}

const SIDE = 128

function Thumbnail({ bitmap }: { bitmap: ImageBitmap | null }) {
  const draw = (canvas: HTMLCanvasElement | null) => {
    if (!canvas || !bitmap) return
    const { width, height } = bitmap
    // All of it: the middle of a panorama may be empty.
    const scale = SIDE / Math.max(width, height)
    const context = canvas.getContext('2d')!
    context.clearRect(0, 0, SIDE, SIDE)
    context.drawImage(bitmap, (SIDE - width * scale) / 2, (SIDE - height * scale) / 2, width * scale, height * scale)
  }
  return <canvas ref={draw} width={SIDE} height={SIDE} />
}

const CIRCUMFERENCE = 2 * Math.PI * 12

function Ring({ share }: { share: number }) {
  return (
    <svg class="ring" viewBox="0 0 32 32" aria-hidden="true">
      <circle class="track" cx="16" cy="16" r="12" />
      <circle
        class="done"
        cx="16"
        cy="16"
        r="12"
        stroke-dasharray={CIRCUMFERENCE}
        stroke-dashoffset={CIRCUMFERENCE * (1 - share)}
      />
    </svg>
  )
}
