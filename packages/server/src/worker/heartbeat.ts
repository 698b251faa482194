// Whether another process is alive, told by its answers. Counts questions, not time: after this process itself has been stopped,
// or the machine has slept, the other one gets its chance to answer.

export interface HeartbeatSettings {
  readonly intervalMs: number
  /** So many questions without an answer are too many. */
  readonly maxMissed: number
  /** The same until it has been heard for the first time: it loads its code. */
  readonly maxMissedAtStart: number
  readonly ask: () => void
  /** Called once. */
  readonly onSilence: () => void
}

export interface Heartbeat {
  /** It is asked while this is held. */
  watch(): Disposable
  /** It has been heard. */
  beat(): void
}

export function createHeartbeat(settings: HeartbeatSettings): Heartbeat {
  const { intervalMs, maxMissed, maxMissedAtStart, ask, onSilence } = settings
  let watching = 0
  let missed = 0
  let most = maxMissedAtStart
  let timer: NodeJS.Timeout | undefined
  const tick = (): void => {
    if (missed >= most) {
      clearInterval(timer)
      onSilence()
      return
    }
    missed++
    ask()
  }
  return {
    watch() {
      if (watching++ === 0) {
        missed = 0
        timer = setInterval(tick, intervalMs).unref()
      }
      return {
        [Symbol.dispose]() {
          if (--watching === 0) clearInterval(timer)
        },
      }
    },
    beat() {
      missed = 0
      most = maxMissed
    },
  }
}
