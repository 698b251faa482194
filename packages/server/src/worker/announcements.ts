// When a worker looks for jobs that have been announced to all workers. If all looked at once, all but one would look in vain, and a job
// would cost as many queries as there are idle workers. So each waits for a random time first. It doubles where the worker came too late
// and halves where it found a job, so that a few look for each job where a hundred idle workers could. One that is alone looks at once.

/** Of the random time: where a worker comes too late for the first time, and at most. */
export const MIN_WINDOW_MS = 8
export const MAX_WINDOW_MS = 500

export interface AnnouncementsDeps {
  /** Whether there was a job; null where it could not look: it is busy, or looks already. */
  readonly look: () => Promise<boolean | null>
  readonly random?: () => number
}

export interface Announcements extends Disposable {
  /** So many jobs can be taken. */
  queued(count: number): void
  /** One of them has been, by this worker or another. */
  taken(): void
}

export function createAnnouncements({ look, random = Math.random }: AnnouncementsDeps): Announcements {
  /** Announced, and not yet taken as far as is known. A hint: notifications may be lost, and a job that is tried again comes without one. */
  let open = 0
  let windowMs = 0
  let timer: NodeJS.Timeout | undefined
  const cancel = (): void => {
    clearTimeout(timer)
    timer = undefined
  }
  const act = async (): Promise<void> => {
    timer = undefined
    const announced = open
    const found = await look()
    if (found) windowMs = windowMs > MIN_WINDOW_MS ? windowMs / 2 : 0
    if (found !== false) return
    open = Math.max(0, open - announced)
    windowMs = Math.min(MAX_WINDOW_MS, Math.max(MIN_WINDOW_MS, windowMs * 2))
  }
  return {
    queued(count) {
      open += count
      if (windowMs === 0) void act()
      else timer ??= setTimeout(() => void act(), random() * windowMs)
    },
    taken() {
      open = Math.max(0, open - 1)
      if (open === 0) cancel()
    },
    [Symbol.dispose]: cancel,
  }
}
