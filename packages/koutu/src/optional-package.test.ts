import { describe, expect, it } from 'vitest'
import { optionalPackage } from './optional-package.ts'

// Not a literal, so that Node resolves it rather than the test runner.
const load = (name: string) => () => import(/* @vite-ignore */ name)

describe('an optional package', () => {
  it('that is installed is loaded', async () => {
    expect(await optionalPackage('node:path', load('node:path'))).toHaveProperty('join')
  })

  it('that is not installed is named with the command that installs it', async () => {
    await expect(optionalPackage('@koutu/absent', load('@koutu/absent'))).rejects.toMatchObject({
      code: 'PACKAGE_MISSING',
      message: 'An optional package is missing: install it with npm install @koutu/absent',
      data: { package: '@koutu/absent' },
    })
  })

  it('that fails for another reason fails with that', async () => {
    const cause = Object.assign(new Error("Cannot find package 'hono' imported from @koutu/server"), {
      code: 'ERR_MODULE_NOT_FOUND',
    })
    await expect(optionalPackage('@koutu/server', () => Promise.reject(cause))).rejects.toBe(cause)
  })
})
