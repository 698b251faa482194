import { switchLanguage, t } from '../i18n/index.ts'
import { runAction, tooltip } from '../state/actions.ts'
import { isDark, switchTheme } from '../state/theme.ts'
import { hasServer, processOnDevice, where } from '../state/where.ts'
import { Icon } from './icon.tsx'

export function TopBar() {
  const { top } = t()
  return (
    <header class="top">
      <h1 class="brand">
        koutu <span lang="zh-CN">抠图</span>
      </h1>
      <label class="switch" title={top.onDeviceAbout}>
        <input
          type="checkbox"
          role="switch"
          aria-checked={where.value === 'device'}
          checked={where.value === 'device'}
          disabled={!hasServer}
          onChange={(event) => processOnDevice(event.currentTarget.checked)}
        />
        {top.onDevice}
      </label>
      <button type="button" class="button plain wide" title={tooltip('commands')} onClick={() => runAction('commands')}>
        <Icon name="command" />
        {top.commands}
      </button>
      <button type="button" class="button plain" title={t().actions.language} onClick={switchLanguage}>
        EN / 中<span class="sr-only">{t().actions.language}</span>
      </button>
      <button
        type="button"
        class="button plain icon-only"
        aria-label={isDark() ? top.light : top.dark}
        title={isDark() ? top.light : top.dark}
        onClick={switchTheme}
      >
        <Icon name={isDark() ? 'sun' : 'moon'} />
      </button>
      <button
        type="button"
        class="button plain icon-only wide"
        aria-label={top.shortcuts}
        title={tooltip('shortcuts', top.shortcuts)}
        onClick={() => runAction('shortcuts')}
      >
        <Icon name="help" />
      </button>
    </header>
  )
}
