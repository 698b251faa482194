// The published vectors of the sign.

import { expect, it } from 'vitest'
import { sign } from './sign.ts'

it.each([
  ['/mweb/v1/aigc_draft/generate', '8.4.0', 1789742348, '103979f37bb61af3a5a6d0a53f9e5992'],
  ['/mweb/v1/get_history_by_ids', '8.4.0', 1789742352, 'a6def80120c292743fa98f189898e112'],
  ['/mweb/v1/get_upload_token', '8.4.0', 1789746355, '166eea62cb5dfc9c50fbcd5382d194fe'],
  ['/mweb/v1/aigc_draft/generate', '8.4.0', 1790786145, '2533662377211f0653b7759901657a92'],
  ['/mweb/v1/get_asset_list', '8.4.0', 1770799188, '99f53a201a714800b940d336ec506155'],
  ['/mweb/v1/get_explore', '5.8.0', 1758904207, '4e5ed5706280b5eba283be5f2a587a90'],
])('signs %s of %s at %d', (pathname, appvr, deviceTime, expected) => {
  expect(sign({ pathname, pf: '7', appvr, deviceTime, tdid: '' })).toBe(expected)
})

it('depends on the tdid', () => {
  const input = { pathname: '/mweb/v1/get_asset_list', pf: '7', appvr: '8.4.0', deviceTime: 1 }
  expect(sign({ ...input, tdid: 'a' })).not.toBe(sign({ ...input, tdid: '' }))
})
