// Runs a table of steps on all threads: each takes rows of the output until none are left, and waits for the others before the next
// step. Memory is the page's; whatever lies in it was put there by src/engine/integers.

import { add, double, lookUp, pool } from './bytes'
import { convolve } from './convolution'
import { doubleLogistic, sumChannels } from './floats'
import { Addition, Control, Convolution, Doubling, Floats, Kind, LookUp, Step } from './records'
import { setFlip } from './tensor'

/** Rounds of waiting without giving up the processor. */
const SPINS = 2000

/** One run, by thread 0 and by `serve` on all others. */
export function run(at: usize, thread: i32): void {
  const control = changetype<Control>(at)
  setFlip(control.flip)
  const total = control.run * control.threads
  for (let i = 0; i < control.stepCount; i++) {
    const step = changetype<Step>(load<usize>(control.steps + i * 4))
    let task = takeTask(step)
    while (task < step.tasks) {
      work(step, task, thread)
      task = takeTask(step)
    }
    meet(step, total)
  }
}

/** Runs whenever thread 0 does, until it says otherwise. */
export function serve(at: usize, thread: i32): void {
  let last = 0
  while (true) {
    let now = atomic.load<i32>(at)
    while (now === last) {
      atomic.wait<i32>(at, last, -1)
      now = atomic.load<i32>(at)
    }
    if (now < 0) return
    last = now
    run(at, thread)
  }
}

function takeTask(step: Step): i32 {
  return atomic.add<i32>(changetype<usize>(step) + offsetof<Step>('taken'), 1)
}

/** Waits until all threads are done with the step: `total` counts them over all runs. */
function meet(step: Step, total: i32): void {
  const at = changetype<usize>(step) + offsetof<Step>('done')
  let done = atomic.add<i32>(at, 1) + 1
  if (done === total) {
    atomic.notify(at, -1)
    return
  }
  for (let i = 0; i < SPINS; i++) {
    done = atomic.load<i32>(at)
    if (done >= total) return
  }
  while (done < total) {
    atomic.wait<i32>(at, done, -1)
    done = atomic.load<i32>(at)
  }
}

function work(step: Step, task: i32, thread: i32): void {
  const at = changetype<usize>(step)
  if (step.kind === Kind.Convolve) {
    convolve(changetype<Convolution>(at), task, thread)
    return
  }
  const from = task * step.rows
  const to = min(from + step.rows, step.height)
  switch (step.kind) {
    case Kind.Pool:
      pool(step, from, to)
      break
    case Kind.Add:
      add(changetype<Addition>(at), from, to)
      break
    case Kind.Double:
      double(changetype<Doubling>(at), from, to, thread)
      break
    case Kind.LookUp:
      lookUp(changetype<LookUp>(at), from, to)
      break
    case Kind.SumChannels:
      sumChannels(changetype<Floats>(at), from, to)
      break
    case Kind.DoubleLogistic:
      doubleLogistic(changetype<Floats>(at), from, to)
      break
  }
}
