// One page for each Markdown file of docs/, in two languages. Nothing is loaded from another host: system fonts, local search.

import { readFileSync } from 'node:fs'
import starlight from '@astrojs/starlight'
import { defineConfig, passthroughImageService } from 'astro/config'

const sidebar = JSON.parse(readFileSync(new URL('src/sidebar.json', import.meta.url), 'utf8'))

export default defineConfig({
  image: { service: passthroughImageService() },
  integrations: [
    starlight({
      title: 'koutu',
      description: 'Cut the subject out of an image: photo in, transparent PNG out. On your own machine, offline.',
      defaultLocale: 'root',
      locales: {
        root: { label: 'English', lang: 'en' },
        'zh-cn': { label: '简体中文', lang: 'zh-CN' },
      },
      favicon: '/favicon.svg',
      customCss: ['./src/styles/koutu.css'],
      sidebar,
      credits: false,
      // What a program prints is read, not copied: its long lines wrap.
      expressiveCode: { defaultProps: { frame: 'none', overridesByLang: { '': { wrap: true } } } },
    }),
  ],
})
