// Every number the protocol notes name has a meaning, an error and an advice.

import { readFileSync } from 'node:fs'
import { ERRORS } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { SERVICE_CODES, serviceCode, taskFailure } from './codes.ts'

/** Class by class as documented. */
const DOCUMENTED = {
  ENGINE_BUSY: [1, 1010, 1057, 2014, 2020, 10020, 1310],
  ENGINE_REQUEST_REFUSED: [1000, 1001, 1002, 1014, 1161, 1162, 2008, 3020, 4002],
  ENGINE_CREDITS_USED_UP: [1006, 5000, 4001, 121101, 140001],
  ENGINE_LOGIN_REQUIRED: [1015],
  ENGINE_ACCESS_REFUSED: [-6, 1017, 1018, 1019, 1021, 2035, 2043, 3018, 3021, 4003, 4010, 4013],
  ENGINE_IMAGE_REFUSED: [1063, 2005, 2038, 2003, 2004, 2039, 2041, 2042, 1159, 2048, 2050, 4011, 130006],
  ENGINE_FAILED: [2002, 5001, 5002, 2047],
  SUBJECT_NOT_FOUND: [2046],
} as const

describe.each(Object.entries(DOCUMENTED))('%s', (error, numbers) => {
  it.each(numbers.map(String))('%s', (number) => {
    const known = serviceCode(number)
    expect(known.error).toBe(error)
    expect(ERRORS).toHaveProperty(known.error)
    expect(known.advice).toMatch(/^[A-Z].*\.$/)
    expect(known.meaning).not.toMatch(/\.$/)
  })
})

it('documents no number twice and lists none that is not in the table', () => {
  const numbers = Object.values(DOCUMENTED).flat().map(String)
  expect(new Set(numbers).size).toBe(numbers.length)
  expect(new Set(Object.keys(SERVICE_CODES))).toEqual(new Set(numbers))
})

it.each(['dreamina.md', 'dreamina.zh-CN.md'])('stands in %s, at the error it becomes', (name) => {
  const guide = readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8')
  for (const [error, numbers] of Object.entries(DOCUMENTED)) {
    const rows = guide.split('\n').filter((line) => line.startsWith(`| \`${error}\` `))
    expect(rows).toHaveLength(1)
    const told = [...rows[0]!.matchAll(/(?<![\d.])-?\d+/g)].map(([number]) => Number(number))
    expect(told).toEqual(expect.arrayContaining([...numbers]))
  }
})

it('repeats overload and the ambiguous 1014 only; never risk, ban, credit or content', () => {
  const repeated = Object.entries(SERVICE_CODES).filter(([, { retry }]) => retry)
  expect(repeated.map(([number]) => Number(number)).sort((a, b) => a - b)).toEqual([
    1, 1010, 1014, 1057, 1310, 2014, 2020, 10020,
  ])
})

it('gives numbers it does not know a sentence too', () => {
  expect(serviceCode('987').error).toBe('ENGINE_REQUEST_REFUSED')
  expect(serviceCode('constructor').error).toBe('ENGINE_REQUEST_REFUSED')
})

it.each([
  ['2046', '', 30, 'SUBJECT_NOT_FOUND'],
  ['', 'web_text_violates_community_guidelines_toast', 30, 'ENGINE_IMAGE_REFUSED'],
  ['', 'web_fail2generate_copyright_block', 30, 'ENGINE_IMAGE_REFUSED'],
  ['', 'web_risk_control_message_reject_generation', 30, 'ENGINE_ACCESS_REFUSED'],
  ['', 'web_dre_m10n_generate_popup_credit_ininsufficient_title', 30, 'ENGINE_CREDITS_USED_UP'],
  ['', '', 30, 'ENGINE_FAILED'],
  ['', '', 10, 'ENGINE_IMAGE_REFUSED'],
  ['', '', 40, 'ENGINE_IMAGE_REFUSED'],
  ['', '', 100, 'ENGINE_FAILED'],
])('a task that failed with code "%s", key "%s" and status %d is %s', (code, key, status, error) => {
  expect(taskFailure(code, key, status).error).toBe(error)
})
