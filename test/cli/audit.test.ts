import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { openAuditClient } from '../../lib/store/audit/audit.ts';
import { group, useLocalRun, user } from '../support/local-run.ts';
import { runInside, runScim } from './run-scim.ts';

const { run, ask } = useLocalRun();
const here = () => ({ environment: { ROLLCALL_DATA: dirname(run().eventsFile) } });

test('finds the table of a local run without faults, says the cost first, and mends what is planted', async () => {
  const { json } = await ask('POST', '/Users', { body: user('ann') });
  const { json: created } = await ask('POST', '/Groups', { body: group('g', { members: [{ value: json.id }] }) });
  await ask('DELETE', `/Groups/${created.id}`);
  const clean = await runScim(['audit'], here());
  expect(clean.code).toBe(0);
  expect(clean.err).toMatch(/^Table \S+: about [\d,]+ items, .* at most [\d,]+ read units, USD [\d.]+ on demand\.\n$/);
  expect(clean.out).toMatch(/^0 faults in \d+ items \(\d director(y|ies), 2 tombstones, 1 cleanup marker\)\.\n$/);

  const file = readFileSync(join(dirname(run().eventsFile), 'run.json'), 'utf8');
  const { dynamodb } = JSON.parse(file) as { dynamodb: { endpoint: string; tableName: string } };
  const documents = DynamoDBDocumentClient.from(openAuditClient({ endpoint: dynamodb.endpoint }));
  await documents.send(new PutCommand({ TableName: dynamodb.tableName, Item: { pk: 'lost', sk: 'GUARD', n: 1 } }));
  documents.destroy();
  const found = await runScim(['audit'], here());
  expect(found).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /^fixable {2}items of a nonexistent directory: 1 of lost\n1 fault in .* Nothing was written\. Pass --fix to mend 1\.\n$/,
    ),
  });
  expect(found.err).toMatch(/\nerror: 1 fault found\.\n$/);
  const fixed = await runScim(['audit', '--fix', '--json'], here());
  expect(fixed).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(fixed.out)).toMatchObject({ fix: true, faults: [{ outcome: 'fixed' }] });
  expect((await runScim(['audit'], here())).code).toBe(0);
});

test.each([
  [2, 'audit --tables x', /--tables/],
  [2, 'audit --endpoint localhost:8000', /Expected an http or https URL/],
  [2, 'audit --stack x --table y', /cannot be used with/],
  [2, 'audit --rcu 0', /whole number from 1/],
  [2, 'audit --region eu-central-1', /require --stack or --table/],
  [1, 'audit --endpoint http://127.0.0.1:9', /Cannot read table.*ECONNREFUSED/],
])('exit code %d and one line: scim %s', async (code, args, text) => {
  const ran = await runInside(args.split(' '));
  expect(ran).toEqual({ code, out: '', err: expect.stringMatching(text) });
  expect(ran.err).toMatch(/^error: [^\n]+\n$/);
});
