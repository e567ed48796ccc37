/** Tokens of a local run by the clock: through its gateway, authorizer and functions, with the caches that AWS has. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startRun, temporaryFolder } from './run-process.ts';

type Run = { readonly baseUrl: string };
const admin = async ({ baseUrl }: Run, method: string, path: string, body?: object) => {
  const response = await fetch(baseUrl.replace(/\/v2$/, `/admin${path}`), {
    method,
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    json: (text === '' ? {} : JSON.parse(text)) as { token?: string; tokens?: object[] },
  };
};
const users = async ({ baseUrl }: Run, token = '', init: RequestInit = {}) => {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/scim+json' };
  const response = await fetch(`${baseUrl}/Users`, { ...init, headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
};
/** @returns seconds until a request with the token is refused */
const refusedAfter = async (run: Run, token: string): Promise<number> => {
  const began = performance.now();
  while ((await users(run, token)).status !== 401) await sleep(250);
  return (performance.now() - began) / 1000;
};

test('a revoked and an expired token are 401 within the promised time, word for word as API Gateway says it', async () => {
  const run = await startRun({ args: ['--memory', '--json', '--port', '0'], npm: false }).announced();
  const create = async (body: object) => (await admin(run, 'POST', '/directories/demo/tokens', body)).json.token ?? '';
  const revoked = await create({ name: 'revoked' });
  const expiring = await create({ name: 'expiring', expiresAt: new Date(Date.now() + 8000).toISOString() });
  const reading = await create({ name: 'reading', scopes: ['read'] });
  for (const token of [revoked, expiring, reading]) expect((await users(run, token)).status).toBe(200);

  expect((await admin(run, 'DELETE', '/directories/demo/tokens/revoked')).status).toBe(204);
  const [afterRevocation, afterExpiry] = await Promise.all([refusedAfter(run, revoked), refusedAfter(run, expiring)]);
  expect(afterRevocation).toBeLessThan(60);
  // The authorizer's answer is cached for 30 seconds; the function checks the expiry itself.
  expect(afterExpiry).toBeLessThan(20);
  const byGateway = await users(run, 'none');
  const byFunction = await users(run, expiring);
  expect([byFunction.status, byFunction.text]).toEqual([401, byGateway.text]);
  expect(byGateway.headers.get('www-authenticate')).toBe('Bearer');
  expect((await users(run, reading)).status).toBe(200);
  const body = JSON.stringify({ userName: 'x' });
  expect((await users(run, reading, { method: 'POST', body })).status).toBe(403);
});

test('after the table is removed and the secrets stay, an old token opens nothing of a new directory', async () => {
  const data = temporaryFolder();
  const args = ['--data', data, '--json', '--port', '0'];
  const first = startRun({ args, npm: false });
  const before = await first.announced();
  const old = before.token;
  expect((await users(before, old)).status).toBe(200);
  process.kill(first.pid, 'SIGTERM');
  await first.exited;
  for (const file of ['rollcall.db', 'rollcall.db-wal', 'rollcall.db-shm', 'tokens.json', 'stream-position.json'])
    rmSync(join(data, file), { force: true });
  expect(existsSync(join(data, 'secrets.json'))).toBe(true);

  const second = startRun({ args, npm: false });
  const after = await second.announced();
  expect((await users(after, old)).status).toBe(401);
  expect((await users(after, after.token)).status).toBe(200);
  const { json } = await admin(after, 'GET', '/directories/demo/tokens');
  expect(json.tokens).toHaveLength(1);
  // The old token's name is free, although its secret still holds it.
  expect((await admin(after, 'POST', '/directories/demo/tokens', { name: 'second' })).status).toBe(201);
});
