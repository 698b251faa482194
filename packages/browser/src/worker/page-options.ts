// The options that mean something to the library in Node and cannot be had in a page: they are refused by name.

import { type GroupedOptions, invalidOptions } from '@koutu/core/options'

interface Refusal {
  readonly isAsked: (options: GroupedOptions) => boolean
  /** What is wrong with it. The documentation lists it. */
  readonly message: string
}

const OF_THE_FOLDER = 'Expected none in the page: koutu browser-assets takes it from the .json file beside the model'
const NOT_IN_AVIF = "Expected another format than 'avif' in the page, where AVIF files hold pixels only"

export const PAGE_REFUSALS: Readonly<Record<string, Refusal>> = {
  modelSize: { isAsked: ({ subject }) => subject.model.size !== undefined, message: OF_THE_FOLDER },
  modelMean: { isAsked: ({ subject }) => subject.model.mean !== undefined, message: OF_THE_FOLDER },
  modelStd: { isAsked: ({ subject }) => subject.model.std !== undefined, message: OF_THE_FOLDER },
  modelOutput: { isAsked: ({ subject }) => subject.model.output !== undefined, message: OF_THE_FOLDER },
  keepIcc: { isAsked: ({ colors, output }) => colors.keepIcc && output.format === 'avif', message: NOT_IN_AVIF },
  keepMetadata: {
    isAsked: ({ colors, output }) => colors.keepMetadata && output.format === 'avif',
    message: NOT_IN_AVIF,
  },
}

/** Errors: INVALID_OPTIONS. */
export function checkPageOptions(options: GroupedOptions): void {
  const asked = Object.entries(PAGE_REFUSALS).filter(([, { isAsked }]) => isAsked(options))
  if (asked.length > 0) throw invalidOptions(asked.map(([path, { message }]) => ({ path, message })))
}
