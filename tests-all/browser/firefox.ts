// Debian's Firefox, without a window: opens one page, in a profile of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PATHS = ['/usr/bin/firefox-esr', '/usr/bin/firefox']

/** Nothing but the page is asked for. */
const PREFERENCES: Readonly<Record<string, boolean | string>> = {
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.unified': false,
}

const firefoxPath: string | undefined = process.env.KOUTU_FIREFOX ?? PATHS.find(existsSync)

export async function startFirefox(url: string): Promise<AsyncDisposable> {
  if (!firefoxPath) throw new Error(`expected Firefox at one of ${PATHS.join(', ')}: apt-get install firefox-esr`)
  const profile = await mkdtemp(join(tmpdir(), 'koutu-firefox-'))
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`)
  await writeFile(join(profile, 'user.js'), lines.join('\n'))
  const child = spawn(firefoxPath, ['--headless', '--no-remote', '--profile', profile, url], {
    stdio: 'ignore',
    env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
    // Its processes end with it, as a group.
    detached: true,
  })
  return {
    async [Symbol.asyncDispose]() {
      await end(child)
      await rm(profile, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-child.pid, 'SIGKILL')
  await ended
}
