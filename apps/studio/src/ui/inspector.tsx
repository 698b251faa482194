import { isMarking, tool } from '../fix/brush-state.ts'
import { t } from '../i18n/index.ts'
import { panel } from '../state/stage.ts'
import { ExportPanel } from './export-panel.tsx'
import { FinishPanel } from './finish-panel.tsx'
import { FixPanel } from './fix-panel.tsx'

const TABS = ['fix', 'finish', 'export'] as const
const BODIES = { fix: FixPanel, finish: FinishPanel, export: ExportPanel } as const

export function Inspector() {
  const words = t().panel
  const current = panel.value
  const Body = BODIES[current]
  const open = (name: (typeof TABS)[number]) => {
    panel.value = name
    if (name === 'fix') return
    tool.value = null
    isMarking.value = false
  }
  return (
    <aside class="panel" aria-label={words.label}>
      <div
        class="tabs"
        role="tablist"
        aria-label={words.label}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
          if (!step) return
          event.stopPropagation()
          event.preventDefault()
          open(TABS[(TABS.indexOf(current) + step + TABS.length) % TABS.length]!)
          const tabs = event.currentTarget
          requestAnimationFrame(() => tabs.querySelector<HTMLElement>('[aria-selected=true]')?.focus())
        }}
      >
        {TABS.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            class="button"
            aria-selected={name === current}
            aria-controls="panel-body"
            tabIndex={name === current ? 0 : -1}
            onClick={() => open(name)}
          >
            {words[name]}
          </button>
        ))}
      </div>
      <div id="panel-body" class="panel-body" role="tabpanel" aria-labelledby={`tab-${current}`}>
        <Body />
      </div>
    </aside>
  )
}
