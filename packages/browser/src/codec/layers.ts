// Writers of files with several images: a file of their own beside the worker, since few pages want them.

export { writePsd, writeZip } from '@koutu/core/formats'
