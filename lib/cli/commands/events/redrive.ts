import { CliError } from '../../cli-error.ts';
import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { runSteps } from '../../event-steps.ts';
import { counted } from '../../wording.ts';

export const redriveEvents = defineCommand({
  path: ['events', 'redrive'],
  summary: 'retry failed changes',
  description:
    'Publish the events of changes that exhausted their retries. Changes that succeed are removed from the failure destination.',
  arguments: {},
  options: adminOptions,
  examples: ['scim events redrive', 'scim events redrive --stack Rollcall'],
  async run({ options, streams }) {
    const { count, left } = await runSteps(await connect(options, streams), 'redrive', {});
    const text = `Published the events of ${counted(count, 'change')}. ${counted(left.length, 'batch', 'batches')} failed again.\n`;
    printResult(options, streams, { json: { redriven: count, left }, text });
    if (left.length > 0)
      throw new CliError(`Failed again: ${left.map(({ name, reason }) => `${name} (${reason})`).join(', ')}.`);
  },
});
