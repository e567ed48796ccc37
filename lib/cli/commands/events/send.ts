import { TestEventAnswer } from '../../../admin/event-messages.ts';
import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { parseEventType } from '../../parsers.ts';
import { parseSlug } from '../../shared-arguments.ts';

export const sendEvent = defineCommand({
  path: ['events', 'send'],
  summary: 'send a test event',
  description: 'Send a sample event about a fictitious user or group, to test a rule and its target.',
  arguments: { type: { description: 'event type, for example user.deactivated', parse: parseEventType } },
  options: {
    directory: { value: 'id', description: 'directory of the event', required: true, parse: parseSlug },
    ...adminOptions,
  },
  examples: ['scim events send user.deactivated --directory demo'],
  async run({ arguments: { type }, options, streams }) {
    const client = await connect(options, streams);
    const body = { type, directory: options.directory };
    const sent = await client.ask({ method: 'POST', path: ['events', 'send'], body }, TestEventAnswer);
    printResult(options, streams, { json: sent, text: `Sent ${type}: ${sent.eventId}\n` });
  },
});
