/** All commands, in the order of the help, and the nouns that group them. */
import type { CommandData } from './command.ts';
import { auditTable } from './commands/audit.ts';
import { createCompletion } from './commands/completion.ts';
import { createDirectory } from './commands/directory/create.ts';
import { deleteDirectory } from './commands/directory/delete.ts';
import { listDirectories } from './commands/directory/list.ts';
import { describeDirectory } from './commands/directory/openapi.ts';
import { pauseDirectory } from './commands/directory/pause.ts';
import { resumeDirectory } from './commands/directory/resume.ts';
import { setDirectory } from './commands/directory/set.ts';
import { showDirectory } from './commands/directory/show.ts';
import { doctor } from './commands/doctor.ts';
import { backfillEvents } from './commands/events/backfill.ts';
import { matchEvents } from './commands/events/match.ts';
import { printPatterns } from './commands/events/patterns.ts';
import { redriveEvents } from './commands/events/redrive.ts';
import { replayEvents } from './commands/events/replay.ts';
import { sendEvent } from './commands/events/send.ts';
import { tailEvents } from './commands/events/tail.ts';
import { exportToFile } from './commands/export.ts';
import { listGroups } from './commands/groups/list.ts';
import { showGroup } from './commands/groups/show.ts';
import { importFromFile } from './commands/import.ts';
import { simulateProvider } from './commands/simulate.ts';
import { createToken } from './commands/token/create.ts';
import { listTokens } from './commands/token/list.ts';
import { revokeToken } from './commands/token/revoke.ts';
import { rotateToken } from './commands/token/rotate.ts';
import { printScannerRules } from './commands/token/scanner-rules.ts';
import { listUsers } from './commands/users/list.ts';
import { showUser } from './commands/users/show.ts';

type Noun = { readonly summary: string; readonly description: string };

/** Words of the first level that have commands below them. */
export const nouns: ReadonlyMap<string, Noun> = new Map([
  [
    'directory',
    { summary: 'manage directories, one per customer', description: 'Manage directories, one per customer.' },
  ],
  [
    'token',
    {
      summary: 'manage tokens of identity providers',
      description: 'Manage the tokens with which identity providers authenticate.',
    },
  ],
  ['users', { summary: 'list and show users', description: 'List and show the users of a directory.' }],
  ['groups', { summary: 'list and show groups', description: 'List and show the groups of a directory.' }],
  [
    'events',
    {
      summary: 'show and publish lifecycle events',
      description: 'Show lifecycle events as they happen, and publish them again.',
    },
  ],
]);

const others: readonly CommandData[] = [
  createDirectory,
  listDirectories,
  showDirectory,
  setDirectory,
  pauseDirectory,
  resumeDirectory,
  deleteDirectory,
  describeDirectory,
  createToken,
  listTokens,
  rotateToken,
  revokeToken,
  printScannerRules,
  listUsers,
  showUser,
  listGroups,
  showGroup,
  exportToFile,
  importFromFile,
  replayEvents,
  redriveEvents,
  backfillEvents,
  sendEvent,
  tailEvents,
  printPatterns,
  matchEvents,
  simulateProvider,
  doctor,
  auditTable,
];
export const commands: readonly CommandData[] = [...others, createCompletion(others, nouns)];
