import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { createAdminClient } from '../../lib/admin-client/admin-client.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { useAdminServer } from '../admin/admin-server.ts';
import { sceneOf } from '../store/scene.ts';
import { TABLE_NAME } from '../support/engine.ts';
import { type Ran, runInside } from './run-scim.ts';

const server = useAdminServer();
const at = (args: string, ask?: (question: string) => Promise<boolean>) =>
  runInside([...args.split(' '), '--url', server().url], ask);
const json = ({ out, err }: Ran): Record<string, unknown> => {
  expect(err).toBe('');
  return JSON.parse(out) as Record<string, unknown>;
};
const done = { code: 0, err: '' };
const scene = (id: string) => {
  const client = new DynamoDBClient({ endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '' });
  return sceneOf(createStore({ client, tableName: TABLE_NAME }), id);
};

test('shows and changes a directory', async () => {
  json(await at('directory create acme --no-token --name Acme --label plan=gold --guard 10% --json'));
  const { out } = await at('directory show acme');
  expect(out).toMatch(/^id +acme\nname +Acme\nlabels\.plan +gold\n/);
  expect(out).toMatch(/^guard\.percent +10\n/m);
  const changed = await at(
    'directory set acme --name= --tenant org_1 --label seats=5 --remove-label plan --guard off --json',
  );
  expect(json(changed)).toMatchObject({ id: 'acme', tenant: 'org_1', labels: { seats: '5' } });
  const shown = json(await at('directory show acme --json'));
  expect(shown).not.toHaveProperty('name');
  expect(shown).not.toHaveProperty('guard');
  expect(json(await at('directory set acme --guard 50 --guard-minutes 30 --json'))).toMatchObject({
    guard: { deactivations: 50, minutes: 30 },
  });
});

test('pauses and resumes a directory', async () => {
  await at('directory create pause --no-token');
  expect(await at('directory pause pause')).toMatchObject({
    ...done,
    out: expect.stringContaining('scim directory resume'),
  });
  expect((await at('directory list')).out).toMatch(/^pause .*paused/m);
  expect(json(await at('directory resume pause --json'))).toMatchObject({ status: 'active' });
});

describe('destructive commands ask for confirmation', () => {
  test('change nothing if the answer is no', async () => {
    await at('directory create kept --no-token');
    await scene('kept').createUsers(2);
    const questions: string[] = [];
    const no = async (question: string) => {
      questions.push(question);
      return false;
    };
    expect(await at('directory delete kept', no)).toEqual({
      code: 1,
      out: '',
      err: 'error: Canceled. Nothing was changed.\n',
    });
    expect(questions).toEqual(['Delete directory kept with its tokens, 2 users and 0 groups?']);
    expect((await at('directory show kept')).code).toBe(0);
  });

  test('proceed if the answer is yes, or without asking with --yes', async () => {
    for (const id of ['yes1', 'yes2']) await at(`directory create ${id} --no-token`);
    await scene('yes1').createUsers(2);
    expect(await at('directory delete yes1', async () => true)).toMatchObject(done);
    expect(json(await at('directory delete yes2 --yes --json'))).toEqual({ deleted: 'yes2' });
    for (const id of ['yes1', 'yes2']) expect((await at(`directory show ${id}`)).code).toBe(1);
    expect(await at('directory delete yes1 --yes')).toMatchObject({
      code: 1,
      err: 'error: There is no directory yes1.\n',
    });
  });
});

test('describes the SCIM endpoints with the schemas of the directory', async () => {
  const client = createAdminClient({ adminUrl: `${server().url}/admin` });
  const schema = 'urn:example:Device';
  const badge = { name: 'badge', type: 'string', required: true, description: 'Badge number.' } as const;
  const owner = { name: 'costCenter', type: 'string', multiValued: true, description: 'Cost centers.' } as const;
  await client.createDirectory({
    id: 'described',
    schemas: [
      { id: schema, name: 'Device', attributes: [badge] },
      { id: 'urn:example:Billing', name: 'Billing', attributes: [owner] },
    ],
    resourceTypes: [{ name: 'Device', endpoint: '/Devices', schema }],
    schemaExtensions: [{ resourceType: 'User', schema: 'urn:example:Billing' }],
  });
  const document = json(await at('directory openapi described --json')) as {
    paths: Record<string, object>;
    components: { schemas: Record<string, { properties: Record<string, object>; required: string[] }> };
  };
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/Users', '/Groups/{id}', '/Devices/.search']));
  const { User, Device } = document.components.schemas;
  expect(User?.properties).toMatchObject({
    password: { writeOnly: true },
    groups: { type: 'array', readOnly: true },
    'urn:example:Billing': { properties: { costCenter: { type: 'array', items: { type: 'string' } } } },
  });
  expect(Device?.required).toEqual(expect.arrayContaining(['schemas', 'badge']));
  for (const [, name = ''] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(document.components.schemas).toHaveProperty(name);
  const { out } = await at('directory openapi described');
  expect(JSON.parse(out)).toEqual(document);
});

test('rotates a token', async () => {
  await at('directory create rotate --no-token');
  await at('token create rotate --name okta');
  const { out, code } = await at('token rotate rotate okta --overlap 7d --name okta-2');
  expect(code).toBe(0);
  expect(out).toMatch(/^Created token okta-2 of directory rotate\..*\n\n {2}URL .*\n {2}Token {2}scim_\d+_/);
  const [, until = ''] = /^Token okta works until (\S+)\.$/m.exec(out) ?? [];
  expect((Date.parse(until) - Date.now()) / 86_400_000).toBeCloseTo(7, 2);
});

test('lists users and groups, and shows one by id or by name', async () => {
  await at('directory create people --no-token');
  const { createUser, createUsers, createGroup } = scene('people');
  await createUsers(120);
  const ann = await createUser({
    userName: 'ann "a"',
    active: false,
    name: { formatted: 'Ann A.', givenName: 'Ann', familyName: 'Aa' },
    externalId: 'e1',
  });
  await createGroup('Sales', [{ id: ann.id }]);
  const url = ['--url', server().url];
  const listed = await runInside(['users', 'list', 'people', '--filter', 'active eq false', ...url]);
  expect(listed.out).toMatch(/^ID +USERNAME +ACTIVE +GIVEN NAME +FAMILY NAME +EXTERNAL ID\n/);
  expect(listed.out).toMatch(new RegExp(`^${ann.id} +ann "a" +false +Ann +Aa +e1\n$`, 'm'));
  expect((await at('users list people')).out).toMatch(
    /\nShowing 1 to 100 of 121\. Pass --start 101 for the next page, or a higher --limit\.\n$/,
  );
  expect(json(await at('users list people --limit 115 --json')).Resources).toHaveLength(115);
  const last = json(await at('users list people --start 120 --fields userName --json')) as { Resources: object[] };
  expect(last.Resources.map((user) => Object.keys(user).sort())).toEqual(Array(2).fill(['id', 'schemas', 'userName']));
  const byFamilyName = await at('users list people --sort name.familyName --limit 1 --fields name.familyName,id');
  expect(byFamilyName.out).toMatch(new RegExp(`^NAME\\.FAMILYNAME +ID\nAa +${ann.id}\nShowing 1 to 1 of 121`));
  expect((await at('users list people --start 200')).out).toMatch(/Position 200 is after the last of 121\.\n$/);
  const shown = await runInside(['users', 'show', 'people', 'ann "a"', ...url]);
  expect(shown.out).toMatch(/^name\.formatted +Ann A\.$/m);
  expect(shown.out).toMatch(/^groups\[0\]\.display +Sales$/m);
  expect((await at(`users show people ${ann.id}`)).out).toBe(shown.out);
  expect((await at('users show people missing')).err).toBe('error: Directory people has no user missing.\n');

  expect((await at('groups list people')).out).toMatch(/ +Sales +-\n$/);
  expect((await at('groups show people Sales')).out).not.toContain(ann.id);
  expect((await at('groups show people Sales --members')).out).toMatch(new RegExp(`\nMEMBER.*\n${ann.id} +User`));
});
