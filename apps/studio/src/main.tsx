// The page: mounts it, finds again what a reload interrupted, listens to keys.

import { render } from 'preact'
import { applyLook } from './finish/look.ts'
import { loadPresets } from './finish/presets.ts'
import { lookOfLink } from './finish/texts.ts'
import { t } from './i18n/index.ts'
import { restoreItems } from './jobs/add-images.ts'
import { listenToKeys } from './state/actions.ts'
import { announce } from './state/announce.ts'
import './view/koutu-compare.ts'
import './view/koutu-view.ts'
import { App } from './ui/app.tsx'

takeLink()
render(<App />, document.getElementById('app')!)
listenToKeys()
void restoreItems()
void loadPresets()

/** Settings of a link replace those of before, once. */
function takeLink(): void {
  const linked = lookOfLink(location.hash)
  if (!linked) return
  applyLook(linked).catch(() => announce(t().finish.noImage))
  history.replaceState(null, '', location.pathname + location.search)
}
