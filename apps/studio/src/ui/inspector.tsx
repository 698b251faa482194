import { t } from '../i18n/index.ts'
import { ExportPanel } from './export-panel.tsx'

export function Inspector() {
  return (
    <aside class="panel" aria-label={t().panel.label}>
      <div class="panel-body">
        <ExportPanel />
      </div>
    </aside>
  )
}
