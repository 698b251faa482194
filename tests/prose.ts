// Finds the texts in TypeScript sources that people read: comments, and strings of several words.
// A scanner of tokens, not of syntax: it knows strings, templates, comments and regular expressions, and nothing else.

export interface Text {
  readonly kind: 'comment' | 'string'
  readonly line: number
  readonly text: string
}

const TOKEN = new RegExp(
  [
    /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)/,
    /(?<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)/,
    // After these characters a slash begins a regular expression, and divides after all others.
    /(?<=[(,=:[!&|?{};+~^]\s*|\b(?:return|typeof|case)\s)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
)

/** Comments, and strings with a space between words. Code in backticks and substitutions is left out. */
export function textsOf(source: string): Text[] {
  const texts: Text[] = []
  for (const { 0: token, index, groups } of source.matchAll(TOKEN)) {
    const kind = groups?.comment === undefined ? 'string' : 'comment'
    if (kind === 'string' && groups?.string === undefined) continue
    const inner = kind === 'string' ? token.slice(1, -1).replace(/\$\{[^}]*\}/g, '…') : token.replace(/`[^`\n]*`/g, '…')
    if (kind === 'string' && !/\w \w/.test(inner)) continue
    texts.push({ kind, line: source.slice(0, index).split('\n').length, text: inner })
  }
  return texts
}
