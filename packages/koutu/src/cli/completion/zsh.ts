// The script for zsh.

import type { CommandWord, CompletedCommand, CompletedCommands, CompletedFlag, Values } from './completed-commands.ts'

export function zshScript({ commands, first, second }: CompletedCommands): string {
  const groups = Object.entries(second)
  return `#compdef koutu
# Completion of koutu for zsh. Load it with: source <(koutu completion zsh)
_koutu() {
  local command=''
  local -i depth=1
  case "$words[2]" in
    ${first.map(({ word }) => word).join('|')}) ((CURRENT > 2)) && { command="$words[2]"; depth=2; } ;;
  esac
  case "$command" in
    ${groups.map(([group]) => group).join('|')}) ((CURRENT > 3)) && { command="$command $words[3]"; depth=3; } ;;
  esac
  if ((CURRENT == 2)); then
    ${describeWords('command', first)}
  fi
  case "$command" in
${groups.map(([group, words]) => `    ${quoted(group)}) ${describeWords('command', words)}; return ;;`).join('\n')}
  esac
  # What is left belongs to the command.
  words=("koutu" "\${(@)words[depth+1,-1]}")
  ((CURRENT -= depth - 1))
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _koutu "$@"; else compdef _koutu koutu; fi
`
}

function describeWords(what: string, words: readonly CommandWord[]): string {
  const list = words.map(({ word, about }) => quoted(`${word}:${about.replaceAll(':', '\\:')}`)).join(' ')
  return `local -a known=(${list}); _describe ${what} known`
}

function commandCase({ name, flags, args }: CompletedCommand): string {
  const specs = [...flags.flatMap(flagSpecs), `*:argument:${actionOf(args)}`].map(quoted)
  return `    ${quoted(name)}) _arguments -S ${specs.join(' \\\n      ')} ;;`
}

function flagSpecs({ long, short, about, values }: CompletedFlag): string[] {
  const help = `[${about.replace(/[[\]\\:]/g, '\\$&')}]`
  const value = values ? `:value:${actionOf(values)}` : ''
  return [
    `${long}${values ? '=' : ''}${help}${value}`,
    ...(short ? [`${short}${values ? '+' : ''}${help}${value}`] : []),
  ]
}

function actionOf({ words, files }: Values): string {
  const known = `(${words.join(' ')})`
  if (files === 'none') return words.length > 0 ? known : ' '
  const paths = files === 'all' ? '_files' : '_files -/'
  return words.length > 0 ? `{_alternative "words:word:${known}" "paths:path:${paths}"}` : paths
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
