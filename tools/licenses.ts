// Which licenses the installed tree may have. Reads what npm wrote about the tree.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Beside our own packages. libvips alone is under the LGPL: a library of its own, that can be exchanged. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
])
const EXCEPTIONS: Readonly<Record<string, string>> = {
  '@img/sharp-libvips-': 'LGPL-3.0-or-later',
  '@img/sharp-win32-': 'Apache-2.0 AND LGPL-3.0-or-later',
  '@koutu/model-isnet': 'SEE LICENSE IN WEIGHTS.md',
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly license?: string }>>
}

/** `path: license` of each package below `project` whose license is not allowed or not stated. */
export function refusedLicenses(project: string): string[] {
  const { packages } = JSON.parse(readFileSync(join(project, 'node_modules/.package-lock.json'), 'utf8')) as Lock
  return Object.entries(packages)
    .filter(([path, { license }]) => !isAllowed(path.split('node_modules/').at(-1)!, license))
    .map(([path, { license = 'none' }]) => `${path}: ${license}`)
}

/** An expression is allowed where one of its alternatives is. */
function isAllowed(name: string, license = ''): boolean {
  const exception = Object.entries(EXCEPTIONS).find(([prefix]) => name.startsWith(prefix))
  if (exception) return license === exception[1]
  return license
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((alternative) => alternative.split(' AND ').every((one) => ALLOWED.has(one)))
}
