/** The same bad requests to the built bundles and to the handlers as the local run loads them give the same bytes. */
import { spawn } from 'node:child_process';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { runScim } from '../../lib/cli/program.ts';
import { buildBundles } from './bundle-run.ts';
import { environmentOf, proxyEvent, useBundleWorld } from './bundle-world.ts';

const world = useBundleWorld();

type Bad = readonly [
  method: string,
  path: string,
  body?: string | undefined,
  type?: string | undefined,
  query?: Record<string, string>,
];
const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';
const bodies = ['', '{', '[]', 'null', '1', '"x"', '{}', '{"__proto__":1}', '{"x":"\\ud800"}', '{"id":1,"more":2}'];
const posts = [
  '/directories',
  '/directories/acme/tokens',
  '/directories/acme/tokens/t/rotate',
  '/events/replays',
  '/events/backfill',
  '/events/send',
];
const bad: readonly Bad[] = [
  ...posts.flatMap((path) => bodies.map((body): Bad => ['POST', path, body, JSON_TYPE])),
  ...posts.map((path): Bad => ['POST', path, '{}', 'text/plain']),
  ...posts.map((path): Bad => ['PUT', path, '{}', JSON_TYPE]),
  ['POST', '/directories', '{"id":"acme","mode":"strict","guard":{"percent":0},"labels":{"a":1}}', JSON_TYPE],
  ['POST', '/directories', '{"id":"Not a slug"}', JSON_TYPE],
  ['POST', '/directories', '{"id":"acme","schemas":[{"id":"x"}],"valueRules":[{"rule":"?"}]}', JSON_TYPE],
  ['PATCH', '/directories/acme', '[]', JSON_TYPE],
  ['POST', '/directories/acme/tokens', '{"name":"..","scopes":[],"expiresAt":"soon"}', JSON_TYPE],
  ['POST', '/directories/acme/tokens/t/rotate', '{"overlapHours":-1}', JSON_TYPE],
  ['POST', '/directories/acme/tokens/t/rotate', '{"overlapHours":1e9}', JSON_TYPE],
  ['POST', '/events/replays', '{"since":"2026-11-21"}', JSON_TYPE],
  ['POST', '/events/replays', '{"since":"2026-11-21T10:00:00Z","until":"2026-11-21T09:00:00Z"}', JSON_TYPE],
  ['POST', '/events/redrive', '{"next":1}', JSON_TYPE],
  ['POST', '/events/backfill', '{"directory":"nowhere"}', JSON_TYPE],
  ['POST', '/events/send', '{"type":"user.created","directory":"nowhere"}', JSON_TYPE],
  ['GET', '/events/replays/a%20b'],
  ['GET', '/events/nothing'],
  ['GET', '/directories/nowhere'],
  ['GET', '/directories/Not-a-slug'],
  ['GET', '/directories/nowhere/Users', undefined, undefined, { filter: 'x' }],
  ['GET', '/directories/nowhere/export/Users', undefined, undefined, { count: '0' }],
  ['POST', '/directories/nowhere/import', '{}', NDJSON],
  ['POST', '/directories/nowhere/import', '{}', JSON_TYPE],
  ['DELETE', '/directories/nowhere'],
  ['GET', '/nothing'],
];

const eventOf = ([method, path, body, type, query = {}]: Bad) => ({
  ...proxyEvent({ method, path: `/admin${path}`, query }),
  headers: { Host: 'api.example', ...(type === undefined ? {} : { 'Content-Type': type }) },
  body: body ?? null,
});
const functionOf = ([, path]: Bad) => (path.startsWith('/events') ? 'events' : 'admin');

const Answers = z.array(
  z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }),
);
const driver = `
const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', async () => {
  const answers = [];
  for (const { file, event } of JSON.parse(Buffer.concat(chunks))) answers.push(await require(file).handler(event, {}));
  process.stdout.write(JSON.stringify(answers), () => process.exit());
});
`;
const askBundles = async (environment: Record<string, string>) => {
  const bundles = buildBundles(['admin', 'events']);
  const child = spawn(process.execPath, ['-e', driver], { env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(JSON.stringify(bad.map((one) => ({ file: bundles.path(functionOf(one)), event: eventOf(one) }))));
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  bundles.remove();
  return Answers.parse(JSON.parse(Buffer.concat(chunks).toString()));
};

test('60 bad requests and more are answered with the same bytes', async () => {
  expect(bad.length).toBeGreaterThanOrEqual(60);
  const environment = {
    ...environmentOf(world()),
    EVENT_BUS_ARN: 'arn:aws:events:local:0:event-bus/rollcall',
    ARCHIVE_ARN: 'arn:aws:events:local:0:archive/rollcall',
    REPLAY_RULE_ARN: 'arn:aws:events:local:0:rule/rollcall/replay',
  };
  const built = await askBundles(environment);
  Object.assign(process.env, environment);
  // The local run and its tests load all of zod beside the functions.
  expect(await runScim(['--version'], { out: () => {}, err: () => {}, environment: {} })).toBe(0);
  const handlers = {
    admin: (await import('../../functions/admin.ts')).handler,
    events: (await import('../../functions/events.ts')).handler,
  };
  for (const [i, one] of bad.entries()) {
    const event = eventOf(one) as unknown as APIGatewayProxyEvent;
    const local = await handlers[functionOf(one)](event, {} as Context);
    expect(built[i], one.join(' ')).toEqual(local);
    expect(local.statusCode, one.join(' ')).toBeGreaterThanOrEqual(400);
    expect(local.statusCode, one.join(' ')).toBeLessThan(500);
    expect(local.headers, one.join(' ')).toMatchObject({ 'Content-Type': 'application/problem+json' });
  }
});
