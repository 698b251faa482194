// The call that takes the place of imgly's, with its progress.
declare const file: File
declare function show(fraction: number): void

// #region all
import { removeBackground } from '@koutu/browser'

const { image } = await removeBackground(
  file,
  { baseUrl: '/koutu/' },
  { onEvent: (event) => event.type === 'progress' && show(event.fraction) },
)
const blob = await image.blob()

// #endregion
export { blob }
