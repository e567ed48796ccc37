/**
 * The SCIM API over HTTP as `npm start` serves it, on a table that was filled before, without a stream: the engine's
 * writes cost more with every record of one. `--dynamodb URL --directories a,b`: prints one line of JSON when it is ready.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { serveAwsJson } from '../../lib/local/aws-json.ts';
import { setFunctionEnvironment } from '../../lib/local/function-environment.ts';
import { createGateway } from '../../lib/local/gateway/gateway.ts';
import { createSecretsManager } from '../../lib/local/secrets-manager.ts';

const { values } = parseArgs({
  options: { dynamodb: { type: 'string', default: '' }, directories: { type: 'string', default: '' } },
});
/** Nobody listens there, and nothing is sent: without a stream there are no events. */
const NOBODY = 'http://127.0.0.1:1';
const NewToken = z.object({ token: z.string() });

const secrets = await serveAwsJson(createSecretsManager([], () => undefined));
setFunctionEnvironment(process.env, {
  dynamodb: values.dynamodb,
  secretsManager: secrets.endpoint,
  eventBridge: NOBODY,
  failureBucket: `${NOBODY}/none`,
});
// The functions read the environment when they are loaded: not before it is set.
const [users, groups, discovery, admin, events, authorizer] = await Promise.all([
  import('../../functions/users.ts'),
  import('../../functions/groups.ts'),
  import('../../functions/discovery.ts'),
  import('../../functions/admin.ts'),
  import('../../functions/events.ts'),
  import('../../functions/authorizer.ts'),
]);
const handlers = {
  users: users.handler,
  groups: groups.handler,
  discovery: discovery.handler,
  admin: admin.handler,
  events: events.handler,
};
const server = createServer(createGateway({ handlers, authorizer: authorizer.handler }));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim`;

const tell = async (path: string, body: object): Promise<unknown> => {
  const response = await fetch(`${origin}/admin${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text);
};
const tokens: Record<string, string> = {};
for (const id of values.directories.split(',')) {
  await tell('/directories', { id });
  const made = await tell(`/directories/${id}/tokens`, { name: 'bench', scopes: ['read', 'write'] });
  tokens[id] = NewToken.parse(made).token;
}
console.log(JSON.stringify({ baseUrl: `${origin}/v2`, tokens }));
