// The page: mounts it, finds again what a reload interrupted, listens to keys.

import { render } from 'preact'
import { restoreItems } from './jobs/add-images.ts'
import { listenToKeys } from './state/actions.ts'
import './view/koutu-compare.ts'
import './view/koutu-view.ts'
import { App } from './ui/app.tsx'

render(<App />, document.getElementById('app')!)
listenToKeys()
void restoreItems()
