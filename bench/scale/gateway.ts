/**
 * Serves the SCIM API over HTTP like `npm start`, on a filled table without a stream, because the engine's writes slow
 * down with every stream record. `--dynamodb URL --directories a,b`; prints one line of JSON when ready.
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
/** An endpoint where nothing listens. It is never called: without a stream there are no events. */
const UNUSED_ENDPOINT = 'http://127.0.0.1:1';
const NewToken = z.object({ token: z.string() });

const secrets = await serveAwsJson(createSecretsManager([], () => undefined));
setFunctionEnvironment(process.env, {
  dynamodb: values.dynamodb,
  secretsManager: secrets.endpoint,
  eventBridge: UNUSED_ENDPOINT,
  failureBucket: `${UNUSED_ENDPOINT}/none`,
});
// The functions read the environment on import, so they are loaded after it is set.
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

const post = async (path: string, body: object): Promise<unknown> => {
  const response = await fetch(`${origin}/admin${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} returned ${response.status}: ${text}`);
  return JSON.parse(text);
};
const tokens: Record<string, string> = {};
for (const id of values.directories.split(',')) {
  await post('/directories', { id });
  const created = await post(`/directories/${id}/tokens`, { name: 'bench', scopes: ['read', 'write'] });
  tokens[id] = NewToken.parse(created).token;
}
console.log(JSON.stringify({ baseUrl: `${origin}/v2`, tokens }));
