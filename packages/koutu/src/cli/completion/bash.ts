// The script for bash, from 3.2 on, which macOS has. It needs no package beside bash.

import type { CompletedCommand, CompletedCommands, CompletedFlag, Values } from './completed-commands.ts'

export function bashScript({ commands, first, second }: CompletedCommands): string {
  const words = (list: readonly { readonly word: string }[]) => list.map(({ word }) => word).join(' ')
  const groups = Object.entries(second)
  return `# Completion of koutu for bash. Load it with: eval "$(koutu completion bash)"
_koutu_words() { while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$current"); }
_koutu_files() { compopt -o filenames 2>/dev/null; while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$current"); }
_koutu() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' flags='' word
  # --format=png comes as three words.
  if [[ $current == '=' ]]; then current=''
  elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  if ((COMP_CWORD > 1)); then
    case "\${COMP_WORDS[1]}" in
      ${first.map(({ word }) => word).join('|')}) command=\${COMP_WORDS[1]} ;;
    esac
  fi
  case "$command" in
    ${groups.map(([group]) => group).join('|')}) ((COMP_CWORD > 2)) && command="$command \${COMP_WORDS[2]}" ;;
  esac
  case "$command $previous" in
${commands.flatMap((command) => command.flags.flatMap((flag) => valueCase(command, flag))).join('\n')}
  esac
  case "$command" in
${commands.map((command) => `    ${quoted(command.name)}) flags='${flagWords(command)}' ;;`).join('\n')}
  esac
  if [[ $current == -* ]]; then _koutu_words "$flags"; return; fi
  if ((COMP_CWORD == 1)); then _koutu_words '${words(first)}'; fi
  case "$command" in
${groups.map(([group, list]) => `    ${quoted(group)}) _koutu_words '${words(list)}' ;;`).join('\n')}
${commands.flatMap(({ name, args }) => (hasValues(args) ? [`    ${quoted(name)}) ${replies(args)} ;;`] : [])).join('\n')}
  esac
}
complete -F _koutu koutu
`
}

function flagWords({ flags }: CompletedCommand): string {
  return flags.map(({ long }) => long).join(' ')
}

/** What follows a flag that takes a value: nothing else does. */
function valueCase({ name }: CompletedCommand, { long, short, values }: CompletedFlag): string[] {
  if (!values) return []
  const pattern = [long, short].flatMap((flag) => (flag ? [quoted(`${name} ${flag}`)] : [])).join('|')
  return [`    ${pattern}) ${[replies(values), 'return'].filter(Boolean).join('; ')} ;;`]
}

const hasValues = ({ words, files }: Values) => words.length > 0 || files !== 'none'

function replies({ words, files }: Values): string {
  return [
    words.length > 0 ? `_koutu_words ${quoted(words.join(' '))}` : '',
    files === 'none' ? '' : `_koutu_files ${files === 'all' ? '-f' : '-d'}`,
  ]
    .filter(Boolean)
    .join('; ')
}

function quoted(text: string): string {
  return `'${text}'`
}
