// What a schema finds wrong, as options say it, in place of zod's words. A message that a schema brings along goes before these.

import type * as z from 'zod'

/** What zod calls a type. */
const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'text',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
}

/** What was expected; what came is added by who reports it. Undefined: zod's own words. */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      // A number that is NaN or infinite is of the type number, too.
      const type = TYPES[issue.expected]
      return type && `Expected ${issue.input === undefined ? `${type}, but it is missing` : type}`
    }
    case 'invalid_value':
      return `Expected ${anyOf(issue.values)}`
    case 'invalid_union':
      // Of objects that are told apart by a member.
      return Array.isArray(issue.options) ? `Expected ${anyOf(issue.options)}` : undefined
    case 'too_small':
      if (issue.origin === 'string') return issue.minimum === 1 ? 'Expected a value' : undefined
      if (issue.origin === 'array') return `Expected at least ${issue.minimum} entries`
      return `Expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'too_big':
      if (issue.origin === 'string') return `Expected at most ${issue.maximum} characters`
      if (issue.origin === 'array') return `Expected at most ${issue.maximum} entries`
      return `Expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
    default:
      return undefined
  }
}

function anyOf(values: readonly unknown[]): string {
  const names = values.map(String)
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
