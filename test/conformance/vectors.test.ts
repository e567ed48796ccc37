/** The vectors of `test/fixtures/vectors`, played over HTTP by their runner, in both modes. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Mode, useBothModes } from './both-modes.ts';

const folder = new URL('../fixtures/vectors/', import.meta.url).pathname;
const runner = new URL('../fixtures/vectors/run_vectors.mjs', import.meta.url).pathname;
const read = <T>(file: string, schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')));

/** Vectors that fail in mode tolerant, each with the dialect that causes it. */
const deviations = read('deviations.json', z.record(z.string(), z.string()));
/** Vectors beyond the RFC that mode rfc refuses, each with the dialects under which mode tolerant accepts it. */
const rfcRefusals = read('rfc-refusals.json', z.record(z.string(), z.array(z.string())));

const Id = z.object({ id: z.string() });
const Body = z.record(z.string(), z.json());
const patchVectors = read(
  'patch.json',
  z.object({
    vectors: z.array(
      Id.extend({
        class: z.string(),
        resource: z.string(),
        setup: z.array(z.object({ ref: z.string(), resource: z.string(), body: Body })).default([]),
        before: Body,
        patch: Body,
      }),
    ),
  }),
).vectors;
const filterVectors = read(
  'filters.json',
  z.object({ vectors: z.array(Id.extend({ class: z.string().optional(), level: z.enum(['http', 'parser']) })) }),
).vectors.filter(({ level }) => level === 'http');
const evaluationVectors = read('filter-eval.json', z.object({ vectors: z.array(Id) })).vectors;

const { run, tokenOf, tolerant } = useBothModes();

type Played = { readonly failed: readonly string[]; readonly total: string; readonly code: number | null };
const play = (mode: Mode, ...options: readonly string[]) =>
  new Promise<Played>((resolve, reject) => {
    const env = { ...process.env, SCIM_BASE_URL: run().baseUrl, SCIM_TOKEN: tokenOf(mode) };
    const child = spawn(process.execPath, [runner, ...options], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject).once('close', (code) => {
      const lines = output.trimEnd().split('\n');
      const failed = lines.flatMap((line) => /^FAIL (\S+)/.exec(line)?.[1] ?? []);
      resolve({ failed, total: lines.at(-1) ?? '', code });
    });
  });
/** The body as JSON, with each `$ref` replaced by the id of that set-up resource. */
const filled = (body: object, ids: ReadonlyMap<string, string>): string =>
  JSON.stringify(body).replace(/\$([a-z]\w*)/g, (whole, name: string) => ids.get(name) ?? whole);
const idsOf = (record: object): string[] => Object.keys(record).sort();
const passed = (count: number) => ({ failed: [], total: `TOTAL passed=${count} failed=0`, code: 0 });

describe('mode rfc passes every vector that the RFCs decide', () => {
  test('patch --rfc-only', async () => {
    const count = patchVectors.filter((vector) => vector.class === 'rfc').length;
    expect(await play('rfc', 'patch', '--rfc-only')).toEqual(passed(count));
  });
  test('filters --rfc-only', async () => {
    const count = filterVectors.filter((vector) => vector.class !== 'strict').length;
    expect(await play('rfc', 'filters', '--rfc-only')).toEqual(passed(count));
  });
  test('filter-eval', async () => {
    expect(await play('rfc', 'filter-eval')).toEqual(passed(evaluationVectors.length));
  });
});

test('mode rfc refuses exactly the vectors of rfc-refusals.json, all beyond the RFC', async () => {
  const [patch, filters] = [await play('rfc', 'patch'), await play('rfc', 'filters')];
  expect([...patch.failed, ...filters.failed].sort()).toEqual(idsOf(rfcRefusals));
});

test('mode tolerant fails exactly the vectors of deviations.json', async () => {
  const [patch, filters] = [await play('tolerant', 'patch'), await play('tolerant', 'filters')];
  const evaluation = await play('tolerant', 'filter-eval');
  expect([...patch.failed, ...filters.failed, ...evaluation.failed].sort()).toEqual(idsOf(deviations));
});

test.each(Object.entries(rfcRefusals))('mode tolerant accepts %s under %j', async (id, dialects) => {
  const vector = patchVectors.find((one) => one.id === id);
  if (vector === undefined) throw new Error(`no vector has the id ${id}`);
  const created: string[] = [];
  const ids = new Map<string, string>();
  const create = async (resource: string, body: object): Promise<string> => {
    const { json } = await tolerant('POST', `/${resource}s`, { body: filled(body, ids) });
    created.push(`/${resource}s/${json.id}`);
    return json.id;
  };
  for (const { ref, resource, body } of vector.setup) ids.set(ref, await create(resource, body));
  const self = await create(vector.resource, vector.before);
  const answer = await tolerant('PATCH', `/${vector.resource}s/${self}`, { body: filled(vector.patch, ids) });
  expect([answer.status, answer.headers.get('x-rollcall-dialects')]).toEqual([200, dialects.join(', ')]);
  for (const path of created.reverse()) await tolerant('DELETE', path);
});
