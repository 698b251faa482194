// The few controls that panels are made of: native inputs with their labels.

import type { ComponentChildren } from 'preact'

interface SliderProps {
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step?: number
  readonly shown: string
  readonly onInput: (value: number) => void
}

export function Slider({ label, value, min, max, step = 1, shown, onInput }: SliderProps) {
  return (
    <label class="slider">
      <span>{label}</span>
      {/* No <output>: a label names the first element that it may name, which would be this one. */}
      <span class="number value">{shown}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={shown}
        // How far it is filled: from the left, or from the middle where it goes both ways.
        ref={(input) => {
          const at = (level: number) => `${((level - min) * 100) / (max - min)}%`
          const from = Math.max(min, Math.min(0, max))
          input?.style.setProperty('--from', at(Math.min(from, value)))
          input?.style.setProperty('--to', at(Math.max(from, value)))
        }}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
    </label>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly choices: readonly {
    readonly value: T
    readonly label: string
    readonly isDisabled?: boolean
    readonly title?: string
  }[]
  readonly onChange: (value: T) => void
}

/** One of a few, side by side: radio buttons that look like one control. */
export function Choice<T extends string>({ label, value, choices, onChange }: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend class="sr-only">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} title={choice.title ?? ''}>
          <input
            type="radio"
            name={label}
            checked={choice.value === value}
            disabled={choice.isDisabled ?? false}
            onChange={() => onChange(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </fieldset>
  )
}

export function Check({
  label,
  value,
  onChange,
}: {
  label: string
  value: boolean
  onChange: (value: boolean) => void
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  )
}

export function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="group">
      <h2>{title}</h2>
      {children}
    </section>
  )
}
