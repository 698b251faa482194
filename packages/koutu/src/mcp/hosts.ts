// Programs that talk to assistants and can be set up for koutu.

export const HOSTS = ['claude-desktop', 'claude-code', 'cursor', 'vscode'] as const
export type Host = (typeof HOSTS)[number]
