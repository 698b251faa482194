// Why an accelerator could not be used, in a line that may be shown and sent: runtimes and drivers name files in their messages.

import { isKoutuError } from '@koutu/core'

/** The first line of what went wrong, with the names of files but not their folders, without its final period. */
export function reasonOf(error: unknown): string {
  const [line = ''] = detailOf(error).trim().split('\n')
  const text = withoutFolders(withoutCondition(line)).trim().replace(/\.$/, '')
  return text === '' ? 'it gave no reason' : text
}

function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const prefix = isKoutuError(error) ? `${error.row.title}: ` : ''
  return error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message
}

/** Conditions of native code come with where they stand, before the sentence that says what is wrong. */
function withoutCondition(text: string): string {
  return text.replace(/^\S+\.cc:\d+ .* was false\. /, '')
}

/** Folders may have spaces in their names, so everything up to the last separator of a path goes. */
function withoutFolders(text: string): string {
  return text
    .replace(/\b[a-z]:[\\/](?:[^'":*?<>|]*[\\/])?/gi, '')
    .replace(/(^|[\s'"(=:,[])(?:~|\/)(?:[^'":]*\/)?(?=[^\s/])/g, '$1')
}
