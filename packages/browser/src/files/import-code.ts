// Code of the folder, imported when it is needed.

import { KoutuError } from '@koutu/core/errors'

/** The caller knows what the module gives. Errors: ASSET_DOWNLOAD_FAILED. */
export async function importCode<T>(url: string): Promise<T> {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ url)
  } catch (cause) {
    // Browsers do not say whether the file is missing, blocked or broken.
    throw new KoutuError('ASSET_DOWNLOAD_FAILED', { detail: `${url}: it could not be imported`, cause })
  }
}
