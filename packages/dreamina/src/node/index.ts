// The parts of @koutu/dreamina that need Node: the stored login, the journal on disk, and the commands.

export {
  type CommandResult,
  type DreaminaSetup,
  explainFile,
  login,
  logout,
  type OpenedDreamina,
  openDreamina,
  type ResumeInput,
  resume,
  status,
} from './commands.ts'
export {
  type CredentialStore,
  createCredentialStore,
  credentialsFromText,
  type DreaminaCredentials,
  type FoundCredentials,
  regionFromText,
} from './credentials.ts'
export type { Environment } from './folders.ts'
export { createFileJournal, type FileJournal } from './journal.ts'
export { readSecret, type SecretInput } from './read-secret.ts'
