import { useSignal } from '@preact/signals'
import { t } from '../i18n/index.ts'
import { addFiles, addUrl } from '../jobs/add-images.ts'
import { pickers } from '../state/stage.ts'
import { hasServer, where } from '../state/where.ts'
import { Icon } from './icon.tsx'
import { SAMPLES, type Sample, sampleFile } from './samples.ts'

const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname)

/** Fingers drop nothing. */
const hasPointer = matchMedia('(any-hover: hover)').matches

export function Empty() {
  const { empty, samples } = t()
  const asksForUrl = useSignal(false)
  return (
    <main class="stage">
      <div class="empty">
        <h2>{hasPointer ? empty.title : empty.titleTouch}</h2>
        <div class="ways">
          <button type="button" class="button primary" onClick={() => pickers.files?.click()}>
            {empty.choose}
          </button>
          <button type="button" class="button" onClick={() => pickers.folder?.click()}>
            <Icon name="folder" />
            {empty.folder}
          </button>
          {hasServer && (
            <button
              type="button"
              class="button"
              aria-expanded={asksForUrl.value}
              onClick={() => {
                asksForUrl.value = !asksForUrl.value
              }}
            >
              <Icon name="link" />
              {empty.fromUrl}
            </button>
          )}
        </div>
        {asksForUrl.value && <UrlForm />}
        <section class="group" aria-label={empty.samples}>
          <p class="quiet">{empty.samples}</p>
          <div class="samples">
            {SAMPLES.map((sample) => (
              <button
                key={sample.name}
                type="button"
                aria-label={samples[sample.name]}
                title={samples[sample.name]}
                onClick={() => void sampleFile(sample).then((file) => addFiles([file]))}
              >
                <Drawing {...sample} />
              </button>
            ))}
          </div>
        </section>
        <p class="quiet">
          {empty.paste}{' '}
          {where.value === 'device'
            ? empty.privacyDevice
            : isLocal
              ? empty.privacyLocal
              : empty.privacyHost(location.host)}
        </p>
      </div>
    </main>
  )
}

function UrlForm() {
  const { empty } = t()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const url = String(new FormData(event.currentTarget).get('url') ?? '').trim()
        if (url) addUrl(url)
      }}
    >
      <input
        class="field"
        name="url"
        type="url"
        required
        aria-label={empty.url}
        placeholder="https://…"
        ref={(input) => input?.focus()}
      />
      <button type="submit" class="button primary">
        {empty.add}
      </button>
    </form>
  )
}

function Drawing({ wall, shapes }: Sample) {
  return (
    <svg viewBox="0 0 100 100" aria-hidden="true">
      <rect width="100" height="100" fill={wall} />
      {shapes.map(([fill, path]) => (
        <path key={path} fill={fill} d={path} />
      ))}
    </svg>
  )
}
