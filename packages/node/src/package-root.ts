// The folder of this package. Modules name files by it and not by their own place, which a bundle changes.

/** Above `src`, and above `dist`, in which all compiled files lie flat. */
export const PACKAGE_ROOT: URL = new URL('..', import.meta.url)
