import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { runSteps } from '../../event-steps.ts';
import { parseSlug } from '../../shared-arguments.ts';
import { counted } from '../../wording.ts';

export const backfillEvents = defineCommand({
  path: ['events', 'backfill'],
  summary: 'publish the current state of a directory',
  description:
    'Publish every user, group and membership of a directory as it is now (reason: backfill), for a subscriber added later. Has no effect on a subscriber that is up to date.',
  arguments: {},
  options: {
    directory: { value: 'id', description: 'directory to publish', required: true, parse: parseSlug },
    ...adminOptions,
  },
  examples: ['scim events backfill --directory acme --stack Rollcall'],
  async run({ options, streams }) {
    const { directory } = options;
    const { count } = await runSteps(await connect(options, streams), 'backfill', { directory });
    const text = `Backfilled directory ${directory}: ${counted(count, 'event')}.\n`;
    printResult(options, streams, { json: { directory, events: count }, text });
  },
});
