import type { DeletionAnswer } from '../../../admin/directory-messages.ts';
import { defineCommand, type OptionsOf } from '../../command.ts';
import { confirm, confirmationOption, willAsk } from '../../confirmation.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { directoryArgument } from '../../shared-arguments.ts';
import type { Streams } from '../../streams.ts';
import { counted } from '../../wording.ts';

const options = { ...confirmationOption, ...adminOptions } as const;

const toProgress = (id: string, { remaining, waitSeconds }: DeletionAnswer): string =>
  remaining > 0
    ? `Deleting ${id}: about ${counted(remaining, 'resource')} left.`
    : `Deleting ${id}: no resources left; waiting ${counted(waitSeconds, 'second')} for caches to expire.`;

const confirmDeletion = async (given: OptionsOf<typeof options>, streams: Streams, id: string): Promise<void> => {
  if (!willAsk(given, streams)) return confirm(given, streams, `Delete directory ${id} and everything in it?`);
  const client = await connect(given, streams);
  const noResources = { count: '0' };
  const [users, groups] = await Promise.all([client.listUsers(id, noResources), client.listGroups(id, noResources)]);
  const content = `${counted(users.totalResults, 'user')} and ${counted(groups.totalResults, 'group')}`;
  return confirm(given, streams, `Delete directory ${id} with its tokens, ${content}?`);
};

export const deleteDirectory = defineCommand({
  path: ['directory', 'delete'],
  summary: 'delete a directory and everything in it',
  description:
    'Delete a directory with its users, groups and tokens. Its clients are refused within a minute. If interrupted, run it again.',
  arguments: { id: directoryArgument },
  options,
  examples: ['scim directory delete acme', 'scim directory delete acme --yes --json'],
  async run({ arguments: { id }, options: given, streams }) {
    const show = (step: DeletionAnswer) => {
      // On a terminal, each line overwrites the previous one.
      const text = toProgress(id, step);
      streams.err(streams.terminal ? `\r\u001b[K${text}` : `${text}\n`);
    };
    await confirmDeletion(given, streams, id);
    const client = await connect(given, streams);
    await client.deleteDirectory(id, show).finally(() => streams.terminal && streams.err('\r\u001b[K'));
    printResult(given, streams, { json: { deleted: id }, text: `Deleted directory ${id}.\n` });
  },
});
