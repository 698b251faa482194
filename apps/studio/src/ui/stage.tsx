// The selected image: original and cutout above each other, and what one may do with the view.

import { useSignalEffect } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { sentenceOf } from '../api/request.ts'
import { moveSubject } from '../finish/move-subject.ts'
import { settings } from '../finish/settings.ts'
import {
  addStrokes,
  brushSize,
  hasLoupe,
  isInImagePixels,
  isMarking,
  limitTo,
  softness,
  tool,
} from '../fix/brush-state.ts'
import { number, t } from '../i18n/index.ts'
import { removeItem } from '../jobs/add-images.ts'
import { cancelItem, retryItem } from '../jobs/run-item.ts'
import { followItem } from '../preview/follow-item.ts'
import { strokeEnded, strokeReached } from '../preview/stroke-times.ts'
import { runAction, tooltip } from '../state/actions.ts'
import { hasEnded, type Item, selected } from '../state/items.ts'
import { backdrop, overlayColor, panel, placement, show, view, zoomPercent } from '../state/stage.ts'
import { isDark } from '../state/theme.ts'
import type { BrushStroke } from '../view/brush.ts'
import type { Rect } from '../view/geometry.ts'
import type { Moved } from '../view/gestures.ts'
import type { KoutuCompare } from '../view/koutu-compare.ts'
import { BackdropMenu } from './backdrop-menu.tsx'
import { Icon } from './icon.tsx'
import { PlaceFrame } from './place-frame.tsx'
import { RegionMarks } from './region-marks.tsx'

export function Stage() {
  const item = selected.value!
  return (
    <main class="stage">
      <View item={item} />
      <RegionMarks item={item} />
      <PlaceFrame />
      <Notice item={item} />
      <ViewBar />
    </main>
  )
}

function View({ item }: { item: Item }) {
  const compare = useRef<KoutuCompare>(null)
  const { stage } = t()
  useEffect(() => {
    const element = compare.current!.view!
    view.current = element
    const follow = () => {
      placement.value = element.placement
    }
    element.addEventListener('viewchange', follow)
    return () => {
      element.removeEventListener('viewchange', follow)
      view.current = null
    }
  }, [])
  useEffect(() => {
    compare.current!.value = 100
    return followItem(compare.current!.view!, item)
  }, [item])
  useEffect(() => {
    compare.current!.label = stage.compare
    compare.current!.spoken = stage.compareValue
  }, [stage])
  useBrush(compare, item)
  useSignalEffect(() => {
    const element = compare.current?.view
    if (!element) return
    element.show = show.value
    element.backdrop = backdrop.value
    element.overlayColor = overlayColor.value
    // Squares have the theme's colors.
    if (isDark() !== null) element.redraw()
  })
  return (
    <koutu-compare ref={compare}>
      <koutu-view tabIndex={0} role="img" aria-label={stage.label(item.name)} />
    </koutu-compare>
  )
}

/** The brush of the panel in the view, and what it paints as strokes of the item; a drag of the subject as its position. */
function useBrush(compare: RefObject<KoutuCompare | null>, item: Item): void {
  useSignalEffect(() => {
    const element = compare.current?.view
    if (!element) return
    const scale = (zoomPercent.value ?? 100) / 100
    const radius = brushSize.value / 2 / (isInImagePixels.value ? 1 : scale)
    element.brush = tool.value && { tool: tool.value, radius, softness: softness.value, hasLoupe: hasLoupe.value }
    element.marksRectangle = isMarking.value
    element.placesSubject = panel.value === 'finish' && settings.value.scale !== undefined
  })
  useEffect(() => {
    const element = compare.current!.view!
    const paint = ({ detail }: CustomEvent<BrushStroke>) => {
      const input = item.outcome.peek()?.report.input
      if (!input) return
      strokeEnded(detail.endedAtMs)
      addStrokes(detail.strokes, input)
      element.addEventListener('viewchange', () => strokeReached('painted'), { once: true })
    }
    const place = ({ detail }: CustomEvent<Moved>) => moveSubject(detail, element.placement?.scale ?? 1)
    const limit = ({ detail }: CustomEvent<Rect>) => {
      const input = item.outcome.peek()?.report.input
      if (input) limitTo(detail, input)
    }
    element.addEventListener('stroke', paint as EventListener)
    element.addEventListener('place', place as EventListener)
    element.addEventListener('rectangle', limit as EventListener)
    return () => {
      element.removeEventListener('stroke', paint as EventListener)
      element.removeEventListener('place', place as EventListener)
      element.removeEventListener('rectangle', limit as EventListener)
    }
  }, [item])
}

function Notice({ item }: { item: Item }) {
  const { stage, card, status: names } = t()
  const status = item.status.value
  const error = item.error.value
  if (status === 'done') return null
  const text = error
    ? sentenceOf(error.code, error.detail)
    : status === 'canceled'
      ? stage.canceled
      : status === 'expired'
        ? stage.expired
        : status === 'running' || status === 'loading'
          ? stage.working(names[status], Math.round(item.progress.value * 100))
          : status === 'queued' && item.outlook.value
            ? stage.queued(item.outlook.value)
            : names[status]
  const mayRetry = hasEnded(status) && (item.source !== null || item.url !== null)
  return (
    <div class={`notice ${status === 'failed' ? 'error' : ''}`}>
      <p class="number">{text}</p>
      {!hasEnded(status) && (
        <button type="button" class="button" onClick={() => cancelItem(item)}>
          {card.cancel}
        </button>
      )}
      {mayRetry && (
        <button type="button" class="button" onClick={() => retryItem(item)}>
          <Icon name="retry" />
          {card.retry}
        </button>
      )}
      {hasEnded(status) && (
        <button
          type="button"
          class="button icon-only plain"
          aria-label={card.remove}
          title={tooltip('remove')}
          onClick={() => removeItem(item)}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  )
}

function ViewBar() {
  const { stage } = t()
  const zoom = zoomPercent.value
  return (
    <div class="view-bar" role="toolbar" aria-label={stage.view}>
      <button
        type="button"
        class="button icon-only wide"
        aria-label={stage.zoomOut}
        title={tooltip('zoomOut')}
        onClick={() => runAction('zoomOut')}
      >
        <Icon name="minus" />
      </button>
      <input
        class="zoom"
        inputMode="decimal"
        aria-label={stage.zoom}
        value={zoom === null ? '' : `${number(zoom, zoom < 10 ? 1 : 0)} %`}
        onChange={(event) => {
          const typed = Number.parseFloat(event.currentTarget.value.replace(',', '.'))
          if (typed > 0) view.current?.zoomTo(typed / 100)
        }}
        onFocus={(event) => event.currentTarget.select()}
      />
      <button
        type="button"
        class="button icon-only wide"
        aria-label={stage.zoomIn}
        title={tooltip('zoomIn')}
        onClick={() => runAction('zoomIn')}
      >
        <Icon name="plus" />
      </button>
      <button
        type="button"
        class="button icon-only"
        aria-label={stage.fit}
        title={tooltip('fit')}
        onClick={() => runAction('fit')}
      >
        <Icon name="fit" />
      </button>
      <span class="gap" />
      <button
        type="button"
        class="button"
        aria-pressed={show.value === 'original'}
        title={tooltip('original')}
        onClick={() => {
          show.value = show.value === 'original' ? 'result' : 'original'
        }}
      >
        <Icon name="eye" />
        {stage.original}
      </button>
      <button
        type="button"
        class="button"
        aria-pressed={show.value === 'alpha'}
        title={tooltip('alpha')}
        onClick={() => runAction('alpha')}
      >
        <Icon name="alpha" />
        {stage.alpha}
      </button>
      <button
        type="button"
        class="button wide"
        aria-pressed={show.value === 'overlay'}
        title={tooltip('overlay')}
        onClick={() => runAction('overlay')}
      >
        <Icon name="overlay" />
        {stage.overlay}
      </button>
      <BackdropMenu />
    </div>
  )
}
