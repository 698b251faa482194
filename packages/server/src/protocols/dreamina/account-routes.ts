// Account endpoints: identity, upload keys, and a balance. Nothing here costs credits.

import { creditData, uploadTokenData } from '@koutu/dreamina'
import type { AppDeps } from '../../app-deps.ts'
import type { AddApi } from './api-route.ts'
import { userIdOf } from './records.ts'
import {
  AccountSchema,
  CreditHistorySchema,
  CreditSchema,
  ReceiveSchema,
  UploadTokenSchema,
  UserSchema,
} from './schemas.ts'
import type { UploadCredentials } from './upload-credentials.ts'
import { SERVICE_ID } from './uris.ts'
import { addressOf } from './wire.ts'

/** Some clients stop at a balance of 0. No call changes this one. */
const BALANCE = 1000
const NAME = 'koutu'

export function addAccount(add: AddApi, deps: AppDeps, credentials: UploadCredentials): void {
  for (const path of ['/mweb/v1/get_upload_token', '/artist/v2/tools/get_upload_token']) {
    add({
      path,
      scope: 'cutouts:write',
      summary: 'get temporary upload keys',
      data: UploadTokenSchema,
      work(c) {
        const nowMs = deps.clock.nowMs()
        const { host } = addressOf(c, deps)
        const keys = credentials.issueKeys(c.get('owner').id, nowMs)
        return uploadTokenData({ ...keys, serviceId: SERVICE_ID, uploadDomain: host, nowMs })
      },
    })
  }
  add({
    path: '/passport/account/info/v2',
    scope: 'jobs:read',
    summary: 'check a session',
    data: AccountSchema,
    isPassport: true,
    work(c) {
      const userId = userIdOf(c.get('owner'))
      return { user_id: userId, user_id_str: userId, name: NAME }
    },
  })
  add({
    path: '/mweb/v1/get_user_info',
    scope: 'jobs:read',
    summary: 'get the account of a session',
    data: UserSchema,
    work(c) {
      const userId = userIdOf(c.get('owner'))
      return { uid: userId, user_id: userId, name: NAME }
    },
  })
}

export function addCommerce(add: AddApi): void {
  add({
    path: '/commerce/v1/benefits/user_credit',
    scope: 'jobs:read',
    summary: 'get the credit balance, which never changes',
    data: CreditSchema,
    work: () => creditData(BALANCE),
  })
  add({
    path: '/commerce/v1/benefits/credit_receive',
    scope: 'jobs:read',
    summary: 'receive the daily credits, of which there are none',
    data: ReceiveSchema,
    work: () => ({ cur_total_credits: BALANCE, receive_quota: 0, is_first_receive: false }),
  })
  add({
    path: '/commerce/v1/benefits/user_credit_history',
    scope: 'jobs:read',
    summary: 'list spent credits, of which there are none',
    data: CreditHistorySchema,
    work: () => ({ total_credit: BALANCE, records: [], new_cursor: '0', has_more: false }),
  })
}
