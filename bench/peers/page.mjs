// The page with the peer for browsers, which gets its files from this host.

import { removeBackground } from '@imgly/background-removal'
import { offer } from '../src/browser/page/measure.ts'

const publicPath = new URL('/data/', location.href).href

offer(async (image) => ({ file: await removeBackground(image, { publicPath }), detail: '' }))
