/**
 * The SCIM and admin API as `npm start` serves them, on a table without a stream, so that each write
 * costs the engine one row less. Runs in the process of the test file, for tests that create resources by the thousand.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import * as z from 'zod';
import { inParallel } from '../../lib/common/parallel.ts';
import { setFunctionEnvironment, TABLE_NAME } from '../../lib/local/function-environment.ts';
import { createGateway } from '../../lib/local/gateway/gateway.ts';
import { useEngine } from './engine.ts';
import type { Answer } from './local-run.ts';
import { useSecrets } from './secrets.ts';

const loadFunctions = async () => {
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
  return { handlers, authorizer: authorizer.handler };
};

const NewToken = z.object({ token: z.string() });

type RunOptions = {
  /** The functions' endpoint of the table, if it is not the engine itself. */
  readonly endpoint?: () => string;
};

/** Call it once at the top of a test file. @param directories their ids; requests go to the first by default */
export function useStreamlessRun<const Id extends string>(
  directories: readonly [Id, ...Id[]],
  { endpoint }: RunOptions = {},
) {
  const client = useEngine({ stream: false });
  const secrets = useSecrets();
  const held: { server?: Server; origin?: string } = {};
  const tokens = new Map<string, string>();

  const send = async (method: string, path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${held.origin}${path}`, { ...init, method });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: text === '' ? {} : JSON.parse(text) };
  };
  const postAdmin = (path: string, body: object) =>
    send('POST', `/scim/admin${path}`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const makeToken = async (directory: string, scopes: readonly string[]): Promise<string> => {
    const { json } = await postAdmin(`/directories/${directory}/tokens`, { name: scopes.join('-'), scopes });
    return NewToken.parse(json).token;
  };

  beforeAll(async () => {
    const { protocol, hostname, port } = (await client().config.endpoint?.()) ?? {};
    setFunctionEnvironment(process.env, {
      dynamodb: endpoint?.() ?? `${protocol}//${hostname}:${port}`,
      secretsManager: secrets().endpoint,
      eventBridge: 'http://127.0.0.1:1',
      failureBucket: 'http://127.0.0.1:1/none',
    });
    held.server = createServer({ keepAliveTimeout: 0 }, createGateway(await loadFunctions()));
    await new Promise<void>((resolve) => held.server?.listen(0, '127.0.0.1', resolve));
    held.origin = `http://127.0.0.1:${(held.server.address() as AddressInfo).port}`;
    await inParallel(directories, async (id) => {
      await postAdmin('/directories', { id });
      tokens.set(id, await makeToken(id, ['read', 'write']));
    });
  });
  afterAll(() => {
    held.server?.close();
    held.server?.closeAllConnections();
  });

  type Sent = { readonly body?: unknown; readonly directory?: Id; readonly token?: string };
  /** Sends a request. @param path below the SCIM root, as sent */
  const ask = (method: string, path: string, { body, directory = directories[0], token }: Sent = {}) =>
    send(method, `/scim/v2${path}`, {
      headers: {
        authorization: `Bearer ${token ?? tokens.get(directory)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  /** Sends a request to the admin API. @param path below `/admin` */
  const askAdmin = (path: string, init: RequestInit = {}) => send(init.method ?? 'GET', `/scim/admin${path}`, init);
  /** The table of the run. */
  const table = () => ({ client: client(), tableName: TABLE_NAME });
  return { ask, askAdmin, makeToken, table };
}
