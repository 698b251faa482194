// Small choices of the visitor that outlive the tab. Storage may be forbidden; then they last as long as the page.

const PREFIX = 'koutu-studio-'

export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name)
  } catch {
    return null
  }
}

export function writePreference(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value)
  } catch {
    // Nothing depends on it.
  }
}
