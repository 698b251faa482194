// The page: mounts it, finds again what a reload interrupted, listens to keys.

import { render } from 'preact'
import { replace } from './finish/settings.ts'
import { settingsOfLink } from './finish/texts.ts'
import { restoreItems } from './jobs/add-images.ts'
import { listenToKeys } from './state/actions.ts'
import './view/koutu-compare.ts'
import './view/koutu-view.ts'
import { App } from './ui/app.tsx'

takeLink()
render(<App />, document.getElementById('app')!)
listenToKeys()
void restoreItems()

/** Settings of a link replace those of before, once. */
function takeLink(): void {
  const linked = settingsOfLink(location.hash)
  if (!linked) return
  replace(linked)
  history.replaceState(null, '', location.pathname + location.search)
}
