/** Runs the example as its README does: `npm start -- --forward URL` on one side, its server on the other. */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Row } from '../../lib/subscriber/apply-event.ts';
import { toDirectory } from '../subscriber/subscriber.ts';
import { freePort } from '../support/free-port.ts';
import { group, operations, useLocalRun, user } from '../support/local-run.ts';
import { compareDirectory } from '../tools/compare-directory.ts';

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const { run, ask, events } = useLocalRun({ options: ['--forward', url] });

const held: { end?: () => Promise<unknown> } = {};
const output: string[] = [];
const startSubscriber = () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/subscriber/server.ts', '--port', String(port)], {
    env: { ...process.env, ROLLCALL_SECRET: run().forwardSecret ?? '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  held.end = async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
};
const rows = async () => (await (await fetch(url)).json()) as Row[];
const state = async () => new Map((await rows()).map((row) => [`${row.directory} ${row.key}`, row]));
const list = async (endpoint: 'Users' | 'Groups') => (await ask('GET', `/${endpoint}?count=200`)).json.Resources;
const differences = async () =>
  compareDirectory(toDirectory(await state(), 'demo'), [
    {
      noun: 'user',
      resources: (await list('Users')).map(({ groups, ...rest }: Row & { groups: unknown }) => rest),
      hasMembers: false,
    },
    { noun: 'group', resources: await list('Groups'), hasMembers: true },
  ]);
const waitForSubscriber = () => vi.waitFor(rows, { timeout: 90_000, interval: 100 });

beforeAll(async () => {
  // Events from before the subscriber starts are delivered again.
  const made = await Promise.all(Array.from({ length: 5 }, (_, i) => ask('POST', '/Users', { body: user(`u${i}`) })));
  const [first, second] = made.map(({ json }) => String(json.id));
  await ask('POST', '/Groups', { body: group('Staff', { members: [{ value: first }, { value: second }] }) });
  startSubscriber();
  await waitForSubscriber();
  await ask('PATCH', `/Users/${first}`, { body: operations({ op: 'replace', value: { active: false } }) });
  await ask('DELETE', `/Users/${second}`);
});
afterAll(() => held.end?.());

test('the subscriber ends up with the users, groups and members of the directory', async () => {
  await expect.poll(differences).toEqual([]);
  expect((await rows()).filter(({ present }) => present)).toHaveLength(4 + 1 + 1);
  const text = output.join('');
  expect(text).toContain('invite u4\n');
  expect(text).toContain('end the sessions of u0\n');
  expect(text.match(/invite u4/g)).toHaveLength(1);
});

const post = (body: string, headers: Record<string, string>) => fetch(url, { method: 'POST', body, headers });
const sign = (body: string, { secret = run().forwardSecret ?? '', seconds = Math.floor(Date.now() / 1000) } = {}) => ({
  'X-Rollcall-Signature': `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`,
});

test('an event with a wrong, an old or no signature is rejected and changes nothing', async () => {
  const [sample] = events();
  const body = JSON.stringify(sample).replaceAll(sample.detail.user.id, crypto.randomUUID());
  const before = await rows();
  const old = Math.floor(Date.now() / 1000) - 301;
  for (const headers of [{}, sign(body, { secret: 'whsec_x' }), sign(body, { seconds: old }), sign(`${body} `)]) {
    expect((await post(body, headers)).status).toBe(401);
  }
  expect(await rows()).toEqual(before);
  expect((await post(body, sign(body))).status).toBe(204);
  expect(await rows()).toHaveLength(before.length + 1);
});
