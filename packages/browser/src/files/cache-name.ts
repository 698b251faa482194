// One name for page and worker: what they keep in the Cache API.

export const CACHE_NAME = 'koutu-files-1'
