// The script for fish.

import type { CommandWord, CompletedCommand, CompletedCommands, CompletedFlag, Values } from './completed-commands.ts'

export function fishScript({ commands, first, second }: CompletedCommands): string {
  const groups = Object.entries(second)
  return `# Completion of koutu for fish. Save it as ~/.config/fish/completions/koutu.fish
function __koutu_at
    set -l words (commandline -opc)
    set -l command ''
    if contains -- "$words[2]" ${first.map(({ word }) => word).join(' ')}
        set command $words[2]
        contains -- $command ${groups.map(([group]) => group).join(' ')}; and set -q words[3]; and set command "$command $words[3]"
    end
    test "$command" = "$argv[1]"
end
complete -c koutu -f
${first.map((word) => wordLine('test (count (commandline -opc)) -eq 1', word)).join('\n')}
${groups.flatMap(([group, words]) => words.map((word) => wordLine(`__koutu_at ${quoted(group)}`, word))).join('\n')}
${commands.flatMap((command) => [...argLines(command), ...command.flags.map((flag) => flagLine(command, flag))]).join('\n')}
`
}

function wordLine(condition: string, { word, about }: CommandWord): string {
  return `complete -c koutu -n ${quoted(condition)} -a ${word} -d ${quoted(about)}`
}

function argLines({ name, args: { words, files } }: CompletedCommand): string[] {
  const at = `complete -c koutu -n ${quoted(`__koutu_at ${quoted(name)}`)}`
  return [
    ...(words.length > 0 ? [`${at} -a ${quoted(words.join(' '))}`] : []),
    ...(files === 'none' ? [] : [`${at} -F`]),
  ]
}

function flagLine({ name }: CompletedCommand, { long, short, about, values }: CompletedFlag): string {
  const names = [`-l ${long.slice(2)}`, ...(short ? [`-s ${short.slice(1)}`] : [])].join(' ')
  const condition = quoted(`__koutu_at ${quoted(name)}`)
  return `complete -c koutu -n ${condition} ${names} -d ${quoted(about)}${values ? valueWords(values) : ''}`
}

/** `-x`: a value and no file; `-r -F`: a value that may be a file. */
function valueWords({ words, files }: Values): string {
  const known = words.length > 0 ? ` -a ${quoted(words.join(' '))}` : ''
  if (files === 'folders') return ` -x -a ${quoted(`(__fish_complete_directories) ${words.join(' ')}`.trim())}`
  return files === 'none' ? ` -x${known}` : ` -r -F${known}`
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
