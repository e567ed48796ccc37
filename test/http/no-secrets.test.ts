/** Tokens, their hashes and passwords are in no response, event, log or export, and on disk only where required. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { group, operations, useLocalRun, user } from '../support/local-run.ts';

const { ask, run, tokenOf, said } = useLocalRun();
const PASSWORD = 'correct horse battery staple';

test('logs, responses, events and files of a run contain no token, token hash or password', async () => {
  const answers: string[] = [];
  const note = async (...request: Parameters<typeof ask>) => {
    const answer = await ask(...request);
    answers.push(JSON.stringify([...answer.headers]), answer.text);
    return answer;
  };
  const token = tokenOf('demo');
  const made = await note('POST', '/Users', { body: user('secretive', { password: PASSWORD }) });
  const path = `/Users/${made.json.id}`;
  await note('PUT', path, { body: user('secretive', { password: PASSWORD, title: 'x' }) });
  await note('PATCH', path, { body: operations({ op: 'replace', value: { password: PASSWORD } }) });
  await note('PATCH', path, { body: operations({ op: 'replace', path: 'password', value: { wrong: PASSWORD } }) });
  await note('POST', '/Users', { body: `{"userName":"broken","password":"${PASSWORD}"` });
  await note('GET', `/Users?filter=${encodeURIComponent(`password eq "${PASSWORD}"`)}`);
  await note('GET', `${path}?attributes=password`);
  await note('POST', '/Groups', { body: group('Team', { members: [{ value: made.json.id }] }) });
  await note('GET', '/Users', { headers: { authorization: `Bearer ${token.slice(0, -1)}` } });
  await note('GET', `/Users?access_token=${encodeURIComponent(token)}&filter=nonsense`);
  await note('DELETE', path);
  await expect.poll(() => readFileSync(run().eventsFile, 'utf8')).toContain('user.deleted');

  const hash = createHash('sha256').update(token).digest();
  const hashes = [hash.toString('hex'), hash.toString('base64'), hash.toString('base64url')];
  const folder = dirname(run().eventsFile);
  const files = readdirSync(folder).filter((name) => statSync(`${folder}/${name}`).isFile());
  // tokens.json holds the two tokens that later starts print again; secrets.json stands in for Secrets Manager.
  const kept = files.filter((name) => !['tokens.json', 'secrets.json'].includes(name));
  expect(kept).toContain('events.ndjson');
  const places = new Map<string, string>([
    ['answers', answers.join('\n')],
    ['log', said()],
    ...kept.map((name): [string, string] => [name, readFileSync(`${folder}/${name}`, 'latin1')]),
  ]);
  for (const [place, text] of places)
    for (const secret of [token, ...hashes, PASSWORD])
      expect(text.includes(secret), `${place} holds a secret`).toBe(false);
  const secrets = readFileSync(`${folder}/secrets.json`, 'utf8');
  expect(secrets).toContain(hashes[0]);
  expect(secrets).not.toContain(token);
});
