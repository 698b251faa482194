// Cookies as clients decorate them.

import { expect, it } from 'vitest'
import { sessionOf } from './session.ts'

it.each([
  ['sessionid=abc', 'abc'],
  ['_tea_web_id=1; is_staff_user=false; sid_guard=x%7C1; uid_tt=y; sessionid=abc; sessionid_ss=def', 'abc'],
  ['sessionid_ss=abc; sid_tt=def', 'abc'],
  ['sid_tt=abc', 'abc'],
  ['sid_guard=abc%7C1768097896%7C5184000%7CWed', 'abc'],
  ['sid_guard=abc%7c1768097896', 'abc'],
  ['sid_guard=abc|1768097896|5184000|Wed, 01-Jan', 'abc'],
  ['sessionid=; sid_tt=abc', 'abc'],
  ['sessionid=us-abc', 'abc'],
  ['sessionid=sg-koutu_0123', 'koutu_0123'],
  ['sessionid=hk-abc-us-1', 'abc-us-1'],
  ['sessionid="abc"', 'abc'],
  ['SESSIONID=abc', null],
  ['sessionid=first; sessionid=second', 'first'],
  [' sessionid = abc ;', 'abc'],
  ['xsessionid=abc', null],
  ['sessionid', null],
  ['=abc', null],
  ['', null],
  [undefined, null],
])('%j is the session %j', (cookie, session) => {
  expect(sessionOf(cookie)).toBe(session)
})
