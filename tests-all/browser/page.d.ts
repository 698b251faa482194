// What runs inside the page: `koutu` is the library, as kit.ts puts it there.

declare const koutu: typeof import('@koutu/browser')
