/** What a local run says to the person, or the program, that started it. */

import * as z from 'zod';
import { toTerminalText } from '../common/terminal-text.ts';
import type { OpenDirectory } from './directories.ts';
import type { DeliveredEvent } from './event-bridge.ts';
import { DEFAULT_DATA_FOLDER } from './options.ts';

export type Announcement = {
  readonly baseUrl: string;
  /** At least one. */
  readonly directories: readonly OpenDirectory[];
  readonly eventsFile: string;
  /** Where the CLI finds the run, and its events. */
  readonly runFolder: string;
  /** Where the data is kept; undefined: nowhere. */
  readonly dataFolder: string | undefined;
  /** Where each event is posted to, and what the signature is made with. */
  readonly forward: { readonly url: string; readonly secret: string } | undefined;
};

/** One line of JSON. */
export const toJsonLine = ({ baseUrl, directories, eventsFile, forward }: Announcement): string =>
  JSON.stringify({
    baseUrl,
    token: directories[0]?.token,
    directory: directories[0]?.id,
    eventsFile,
    directories,
    forwardSecret: forward?.secret,
  });

const USER = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com"}';

const rowsOf = ({ directories, eventsFile, runFolder, dataFolder, forward }: Announcement): readonly string[] => [
  ...directories.map(({ id, token }) => `directory  ${id.padEnd(10)} token ${token}`),
  `data       ${dataFolder ?? 'in memory, gone at the end'}`,
  `events     ${eventsFile}`,
  ...(runFolder === DEFAULT_DATA_FOLDER ? [] : [`for scim   export ROLLCALL_DATA=${runFolder}`]),
  ...(forward === undefined ? [] : [`forward    ${forward.url}`, `secret     ${forward.secret}`]),
];

/** A page for a terminal. */
export const toPage = (announcement: Announcement): string => {
  const { baseUrl, directories } = announcement;
  return `
Rollcall runs on this machine.

  base URL   ${baseUrl}
${rowsOf(announcement)
  .map((row) => `  ${row}`)
  .join('\n')}

Make a user:

  curl ${baseUrl}/Users \\
    -H 'Authorization: Bearer ${directories[0]?.token}' \\
    -H 'Content-Type: application/scim+json' \\
    -d '${USER}'

Ctrl-C ends it. Events appear below as they happen.
`;
};

const Named = z.object({
  userName: z.string().optional(),
  displayName: z.string().optional(),
  id: z.string().optional(),
});
const Detail = z.object({
  directory: z.object({ id: z.string() }).optional(),
  user: Named.optional(),
  group: Named.optional(),
  memberGroup: Named.optional(),
});

/** An event in one readable line, for example `10:00:00 demo group.member_added Engineering, ann@acme.com`. */
export const toEventLine = (event: DeliveredEvent): string => {
  const { directory, user, group, memberGroup } = Detail.safeParse(event.detail).data ?? {};
  const names = [group, user, memberGroup].flatMap((who) => who?.userName ?? who?.displayName ?? who?.id ?? []);
  const line = [event.time.slice(11, 19), directory?.id, event['detail-type'], names.join(', ')];
  return toTerminalText(line.filter((part) => part !== undefined && part !== '').join(' '));
};
