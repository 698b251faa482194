// The page's own elements, for JSX.

import type { KoutuCompare } from '../view/koutu-compare.ts'
import type { KoutuView } from '../view/koutu-view.ts'

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'koutu-compare': HTMLAttributes<KoutuCompare>
      'koutu-view': HTMLAttributes<KoutuView>
    }
  }
}
