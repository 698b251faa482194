// Packages that are installed beside koutu by those who need them.

import { KoutuError } from '@koutu/core'

/** What `load` imports of the package `name`. Errors: PACKAGE_MISSING where it is not installed. */
export async function optionalPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if (!isAbsent(cause, name)) throw cause
    throw new KoutuError('PACKAGE_MISSING', {
      detail: `install it with npm install ${name}`,
      data: { package: name },
      cause,
    })
  }
}

/** Whether the package itself was not found, rather than something that it imports. */
function isAbsent(error: unknown, name: string): boolean {
  const { code, message = '' } = error as NodeJS.ErrnoException
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`)
}
