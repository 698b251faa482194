import { useSignalEffect } from '@preact/signals'
import { language, t } from '../i18n/index.ts'
import { announcement } from '../state/announce.ts'
import { items } from '../state/items.ts'
import { CompareDialog } from './compare-dialog.tsx'
import { CommandPalette, KeyDialog, ShortcutSheet } from './dialogs.tsx'
import { Empty } from './empty.tsx'
import { FilmStrip } from './film-strip.tsx'
import { Inspector } from './inspector.tsx'
import { Pickers } from './pickers.tsx'
import { Stage } from './stage.tsx'
import { TopBar } from './top-bar.tsx'

export function App() {
  useSignalEffect(() => {
    document.documentElement.lang = language.value
    document.title = `koutu: ${t().empty.title}`
  })
  const isEmpty = items.value.length === 0
  return (
    <div class="app" data-empty={isEmpty ? '' : undefined}>
      <TopBar />
      {isEmpty ? (
        <Empty />
      ) : (
        <>
          <FilmStrip />
          <Stage />
          <Inspector />
        </>
      )}
      <Pickers />
      <KeyDialog />
      <ShortcutSheet />
      <CommandPalette />
      <CompareDialog />
      <Live />
    </div>
  )
}

function Live() {
  return (
    <p class="sr-only" role="status" aria-live="polite">
      {announcement.value}
    </p>
  )
}
