/** Prints docs/asyncapi.json: the events as an AsyncAPI 3 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0). */
import { wholeSchemas } from '../../lib/events/event-schemas.ts';

const nameOf = (type: string) => type.replaceAll('.', '_');
const ref = (path: string) => ({ $ref: `#/${path}` });

export const printAsyncApi = (): string => {
  const schemas = [...wholeSchemas('draft-7')];
  return JSON.stringify({
    asyncapi: '3.0.0',
    info: {
      title: 'Rollcall lifecycle events',
      version: '1',
      description: 'Changes of users, groups, memberships and directories, on the EventBridge bus of a deployment.',
    },
    defaultContentType: 'application/json',
    channels: {
      events: {
        address: null,
        description: 'The EventBridge bus that the stack names in its output EventBusName.',
        messages: Object.fromEntries(
          schemas.map(([type]) => [nameOf(type), ref(`components/messages/${nameOf(type)}`)]),
        ),
      },
    },
    operations: {
      publish: {
        action: 'send',
        channel: ref('channels/events'),
        messages: schemas.map(([type]) => ref(`channels/events/messages/${nameOf(type)}`)),
      },
    },
    components: {
      messages: Object.fromEntries(
        schemas.map(([type, { $schema: _, ...payload }]) => [nameOf(type), { name: type, title: type, payload }]),
      ),
    },
  });
};
