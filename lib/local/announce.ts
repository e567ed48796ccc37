/** The announcement of a local run at startup, as text or JSON, and its one-line event log. */
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
  /** Folder where the CLI finds the run and its events. */
  readonly runFolder: string;
  /** Folder of the data; undefined if the data is lost on exit. */
  readonly dataFolder: string | undefined;
  /** The URL that receives each event, and the secret that signs it. */
  readonly forward: { readonly url: string; readonly secret: string } | undefined;
};

/** The announcement as one line of JSON. */
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
  `data       ${dataFolder ?? 'temporary, lost on exit'}`,
  `events     ${eventsFile}`,
  ...(runFolder === DEFAULT_DATA_FOLDER ? [] : [`for scim   export ROLLCALL_DATA=${runFolder}`]),
  ...(forward === undefined ? [] : [`forward    ${forward.url}`, `secret     ${forward.secret}`]),
];

/** The announcement as text for a terminal. */
export const toPage = (announcement: Announcement): string => {
  const { baseUrl, directories } = announcement;
  return `
Rollcall is running locally.

  base URL   ${baseUrl}
${rowsOf(announcement)
  .map((row) => `  ${row}`)
  .join('\n')}

Create a user:

  curl ${baseUrl}/Users \\
    -H 'Authorization: Bearer ${directories[0]?.token}' \\
    -H 'Content-Type: application/scim+json' \\
    -d '${USER}'

Press Ctrl-C to stop. Events appear below as they are published.
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
  reason: z.string().optional(),
});

/** An event as one readable line, for example `10:00:00 demo group.member_added Engineering, ann@acme.com (replay)`. */
export const toEventLine = (event: DeliveredEvent): string => {
  const { directory, user, group, memberGroup, reason = 'change' } = Detail.safeParse(event.detail).data ?? {};
  const names = [group, user, memberGroup].flatMap((one) => one?.userName ?? one?.displayName ?? one?.id ?? []);
  const line = [
    event.time.slice(11, 19),
    directory?.id,
    event['detail-type'],
    names.join(', '),
    reason === 'change' ? '' : `(${reason})`,
  ];
  return toTerminalText(line.filter((part) => part !== undefined && part !== '').join(' '));
};
