// Two models or qualities on the same image, side by side: one zoom and one place for both.

import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { problemOf, sentenceOf } from '../api/request.ts'
import { t } from '../i18n/index.ts'
import {
  type Candidate,
  type CandidateResult,
  listModels,
  type Model,
  QUALITIES,
  runCandidate,
  useCandidate,
} from '../jobs/candidates.ts'
import { secondsText } from '../jobs/run-item.ts'
import { type Item, selected } from '../state/items.ts'
import { isComparing } from '../state/stage.ts'
import type { KoutuView } from '../view/koutu-view.ts'
import { Dialog } from './dialog.tsx'
import { ModelGuide, purposeOf } from './model-guide.tsx'

export function CompareDialog() {
  const item = selected.value
  if (!isComparing.value || !item?.outcome.value) return null
  return <Comparison item={item} />
}

function Comparison({ item }: { item: Item }) {
  const { compare } = t()
  const own = item.outcome.value!.report.model
  const models = useSignal<readonly Model[]>([{ id: own, isHere: true }])
  const left = useSignal<Candidate>({ model: own, quality: 'balanced' })
  const right = useSignal<Candidate>({ model: own, quality: 'best' })
  const views = useRef<(KoutuView | null)[]>([null, null])
  useEffect(() => {
    const controller = new AbortController()
    if (item.where === 'server') {
      listModels(controller.signal).then(
        (found) => {
          models.value = found
        },
        () => {},
      )
    }
    return () => controller.abort()
  }, [item])
  useEffect(() => linkViews(views.current), [])
  const close = () => {
    isComparing.value = false
  }
  return (
    <Dialog title={compare.title} class="comparison" onClose={close}>
      <h2>{compare.title}</h2>
      <div class="sides">
        {[left, right].map((candidate, i) => (
          <Side
            key={i === 0 ? 'left' : 'right'}
            item={item}
            candidate={candidate}
            models={models.value}
            hold={(view) => {
              views.current[i] = view
            }}
            onUse={close}
          />
        ))}
      </div>
      <ModelGuide models={models.value} chosen={[left.value.model, right.value.model]} />
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          {t().shortcuts.close}
        </button>
      </div>
    </Dialog>
  )
}

interface SideProps {
  readonly item: Item
  readonly candidate: Signal<Candidate>
  readonly models: readonly Model[]
  readonly hold: (view: KoutuView | null) => void
  readonly onUse: () => void
}

function Side({ item, candidate, models, hold, onUse }: SideProps) {
  const { compare, stage } = t()
  const element = useRef<KoutuView>(null)
  const result = useSignal<CandidateResult | null>(null)
  const problem = useSignal<string | null>(null)
  const { model, quality } = candidate.value
  useEffect(() => {
    hold(element.current)
    element.current!.setScene(item.source, item.outcome.peek()!.report.input)
  }, [item])
  useEffect(() => {
    const controller = new AbortController()
    result.value = null
    problem.value = null
    runCandidate(item, { model, quality }, controller.signal).then(
      (made) => {
        if (controller.signal.aborted) return
        result.value = made
        void element.current?.setResult(made.file)
      },
      (error: unknown) => {
        if (controller.signal.aborted) return
        const { code, message } = problemOf(error)
        problem.value = sentenceOf(code, message)
      },
    )
    return () => controller.abort()
  }, [item, model, quality])
  const made = result.value
  const ms = made && Object.values(made.outcome.report.timingsMs).reduce((sum, value) => sum + value, 0)
  return (
    <section class="side" data-done={made ? '' : undefined}>
      <div class="row even">
        <select
          class="field"
          aria-label={compare.model}
          value={model}
          disabled={models.length < 2}
          onChange={(event) => {
            candidate.value = { ...candidate.peek(), model: event.currentTarget.value }
          }}
        >
          {models.map(({ id, isHere }) => (
            <option key={id} value={id} disabled={!isHere}>
              {isHere ? id : `${id} (${compare.notInstalled})`}
            </option>
          ))}
        </select>
        <select
          class="field"
          aria-label={compare.quality}
          value={quality}
          onChange={(event) => {
            candidate.value = { ...candidate.peek(), quality: event.currentTarget.value as Candidate['quality'] }
          }}
        >
          {QUALITIES.map((value) => (
            <option key={value} value={value}>
              {compare.qualities[value]}
            </option>
          ))}
        </select>
      </div>
      <p class="quiet">{`${compare.purposes[purposeOf(model)]} ${compare.aboutQuality[quality]}`}</p>
      <div class="window">
        <koutu-view
          ref={element}
          tabIndex={0}
          role="img"
          aria-label={`${stage.label(item.name)}: ${model}, ${quality}`}
        />
      </div>
      <div class="row">
        <p class="grow number" role="status">
          {problem.value ?? (ms === null ? compare.working : secondsText(ms))}
        </p>
        {item.where === 'server' && (
          <button
            type="button"
            class="button"
            disabled={!made}
            onClick={() => {
              useCandidate(item, made!)
              onUse()
            }}
          >
            {compare.use}
          </button>
        )}
      </div>
    </section>
  )
}

/** Whatever moves one moves the other. */
function linkViews(views: readonly (KoutuView | null)[]): () => void {
  const controller = new AbortController()
  for (const [i, view] of views.entries()) {
    view?.addEventListener(
      'viewchange',
      () => {
        const other = views[1 - i]
        if (view.placement && other?.placement) other.moveTo(view.placement)
      },
      { signal: controller.signal },
    )
  }
  return () => controller.abort()
}
