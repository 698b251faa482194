// The Dreamina protocol: its clients work with the URL of this server, and an API key of koutu as their session.

import type { AppDeps } from '../../app-deps.ts'
import type { Router } from '../../http/route.ts'
import { addAccount, addCommerce } from './account-routes.ts'
import { apiAdder, commerceAdder } from './api-route.ts'
import { addImagex } from './imagex-routes.ts'
import { createPictureLinks } from './links.ts'
import { addPictures } from './picture-routes.ts'
import { addTasks } from './task-routes.ts'
import { createUploadCredentials } from './upload-credentials.ts'
import { addUploads } from './upload-routes.ts'
import { apiDialect, commerceDialect } from './wire.ts'

export function addDreamina(router: Router, deps: AppDeps): void {
  const credentials = createUploadCredentials(deps.secret)
  const links = createPictureLinks(deps.secret('dreamina-links'))
  const addApi = apiAdder(router, deps)
  addAccount(addApi, deps, credentials)
  addTasks(addApi, deps, links)
  addCommerce(commerceAdder(router, deps))
  addImagex(router, deps, credentials)
  addUploads(router, deps, credentials)
  addPictures(router, deps, links)
  for (const prefix of ['/mweb/', '/passport/', '/artist/']) router.addUnknown(prefix, apiDialect(deps))
  router.addUnknown('/commerce/', commerceDialect(deps))
}
