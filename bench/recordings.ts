/** Recordings of what a build's users function asks of DynamoDB for a request, and of DynamoDB's replies. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { variables } from '../lib/lambda/variables.ts';
import { startEngine } from '../lib/local/engine.ts';
import { createTable } from '../lib/local/table.ts';
import { proxyEvent, type Request } from '../test/infra/bundle-world.ts';
import { ENTERPRISE_URN, USER_URN } from './urns.ts';
import { userAttributes } from './users.ts';

export const INVOKE = fileURLToPath(new URL('fixtures/invoke.cjs', import.meta.url));
const TABLE = 'rollcall';
const DIRECTORY = 'acme';

export const functionEnvironment = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'token',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  [variables.tableName]: TABLE,
  [variables.tokenSecretPrefix]: 'rollcall/bench/tokens',
};

/** A file for `invoke.cjs`. */
export type Plan = {
  readonly bundle: string;
  readonly first: unknown;
  readonly later: unknown;
  readonly replies?: Readonly<Record<string, string>>;
};
export const writePlan = (file: string, plan: Plan): string => {
  writeFileSync(file, JSON.stringify(plan));
  return file;
};

const Invoked = z.object({
  result: z.unknown(),
  calls: z.array(z.object({ target: z.string(), body: z.string() })),
});
export const readInvoked = (output: string) => Invoked.parse(JSON.parse(output));

const Result = z.object({ statusCode: z.int(), body: z.string() });
/** @throws if the function did not answer with success. @returns the body of its answer */
const readAnswer = (result: unknown): unknown => {
  const { statusCode, body } = Result.parse(result);
  if (statusCode >= 300) throw new Error(`the function answered ${statusCode} ${body}`);
  return JSON.parse(body);
};

type Proxy = { readonly endpoint: string; readonly replies: Map<string, string>; readonly close: () => void };
/** Forwards calls to the engine and records the replies. */
const startProxy = async (engine: string): Promise<Proxy> => {
  const replies = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const target = String(request.headers['x-amz-target']);
    // The engine checks that a signature is complete, not that it is valid.
    const names = ['authorization', 'content-type', 'x-amz-date', 'x-amz-target'];
    const headers = Object.fromEntries(names.map((name) => [name, String(request.headers[name])]));
    const reply = await fetch(engine, { method: 'POST', headers, body });
    const text = await reply.text();
    if (reply.status === 200) for (const key of [target, `${target} ${body}`]) replies.set(key, text);
    response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { endpoint, replies, close: () => server.close() };
};

export type Recording = { readonly event: object; readonly replies: Readonly<Record<string, string>> };
/** A request about a user. */
export type ToRequest = (id: string) => Request;

/**
 * Creates a directory and a user for each request with the build's own functions on the engine, and records the
 * requests, each the first of a fresh process with a token that has not been used before.
 * @param bundles paths of the build's functions
 */
export const record = async (
  bundles: Readonly<Record<'admin' | 'users', string>>,
  requests: Readonly<Record<string, ToRequest>>,
  folder: string,
): Promise<ReadonlyMap<string, Recording>> => {
  const engine = await startEngine();
  const proxy = await startProxy(engine.endpoint);
  const invoke = async (bundle: string, event: object) => {
    const plan = writePlan(join(folder, 'record.json'), { bundle, first: event, later: event });
    const env = { ...functionEnvironment, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint };
    const { stdout } = await promisify(execFile)(process.execPath, [INVOKE, plan, '1'], { env });
    return readAnswer(readInvoked(stdout).result);
  };
  try {
    const client = new DynamoDBClient({
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      endpoint: engine.endpoint,
    });
    await createTable(client, TABLE, { stream: true });
    client.destroy();
    await invoke(bundles.admin, proxyEvent({ method: 'POST', path: '/admin/directories', body: { id: DIRECTORY } }));
    const recordings = new Map<string, Recording>();
    for (const [i, [name, toRequest]] of Object.entries(requests).entries()) {
      const authorizer = { directory: DIRECTORY, tokenName: 'entra' };
      const body = { schemas: [USER_URN, ENTERPRISE_URN], ...userAttributes(i) };
      const create = proxyEvent({
        method: 'POST',
        path: '/v2/Users',
        authorizer: { ...authorizer, tokenId: 'setup' },
        body,
      });
      const { id } = z.object({ id: z.string() }).parse(await invoke(bundles.users, create));
      proxy.replies.clear();
      const event = proxyEvent({ ...toRequest(id), authorizer: { ...authorizer, tokenId: `token${i}` } });
      await invoke(bundles.users, event);
      recordings.set(name, { event, replies: Object.fromEntries(proxy.replies) });
    }
    return recordings;
  } finally {
    proxy.close();
    await engine.stop();
  }
};
