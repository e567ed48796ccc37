/** What identity providers send, form by form: each exchange of `test/fixtures/idp` against a tolerant directory. */
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { dialects } from '../../lib/scim/dialect.ts';
import { isObject, type Json, own } from '../../lib/scim/json.ts';
import { useLocalRun } from '../local-run.ts';

const Body = z.record(z.string(), z.json());
/** `body`: what the answer has at least. `absent`: JSON pointers to what it must not have. */
const Seen = z.strictObject({ status: z.int(), body: Body.optional(), absent: z.array(z.string()).optional() });
const Exchange = z.strictObject({
  name: z.string(),
  given: z.array(z.strictObject({ ref: z.string(), endpoint: z.string(), body: Body })).default([]),
  sends: z.strictObject({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
    body: Body.optional(),
  }),
  /** `dialects`: those that the header X-Rollcall-Dialects names. */
  expects: Seen.extend({ dialects: z.array(z.string()) }),
  /** What a GET of `path` answers afterwards. */
  afterwards: Seen.extend({ path: z.string() }).optional(),
});
type Exchange = z.infer<typeof Exchange>;
const Fixture = z.strictObject({ about: z.string(), exchanges: z.array(Exchange).min(1) });

const folder = new URL('../fixtures/idp/', import.meta.url);
const providers = readdirSync(folder).map((file): [string, Exchange[]] => [
  file.replace('.json', ''),
  Fixture.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))).exchanges,
]);

const { run, ask, tokenOf } = useLocalRun();

type Answer = { readonly status: number; readonly dialects: string; readonly body: Json };
/** Sends the path exactly as written: fetch would tidy up its query. */
const send = ({ method, path, headers, body }: Exchange['sends']): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(run().baseUrl);
    const sent = request(
      {
        hostname,
        port,
        method,
        path: `${pathname}${path}`,
        headers: {
          authorization: `Bearer ${tokenOf(undefined)}`,
          ...(body === undefined ? {} : { 'content-type': 'application/scim+json; charset=utf-8' }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            dialects: String(response.headers['x-rollcall-dialects'] ?? ''),
            body: text === '' ? {} : z.json().parse(JSON.parse(text)),
          });
        });
      },
    );
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });

const at = (json: Json, pointer: string): Json | undefined => {
  let value: Json | undefined = json;
  for (const key of pointer.split('/').slice(1))
    value = Array.isArray(value) ? value[Number(key)] : isObject(value) ? own(value, key) : undefined;
  return value;
};
const check = (
  answer: Pick<Answer, 'status' | 'body'>,
  seen: Pick<z.infer<typeof Seen>, 'status' | 'body' | 'absent'>,
) => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(seen.status);
  if (seen.body !== undefined) expect(answer.body).toMatchObject(seen.body);
  for (const pointer of seen.absent ?? []) expect(at(answer.body, pointer), pointer).toBeUndefined();
};

const play = async ({ given, sends, expects, afterwards }: Omit<Exchange, 'name'>, made: string[]) => {
  const ids = new Map<string, string>();
  const filled = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replace(/\$([a-z]\w*)/g, (whole, name: string) => ids.get(name) ?? whole)) as T;
  for (const { ref, endpoint, body } of given) {
    const { status, json, text } = await ask('POST', endpoint, { body: filled(body) });
    expect(status, text).toBe(201);
    ids.set(ref, json.id);
    made.push(`${endpoint}/${json.id}`);
  }
  const answer = await send(filled(sends));
  if (answer.status === 201 && isObject(answer.body)) made.push(`${sends.path}/${String(answer.body.id)}`);
  check(answer, filled(expects));
  expect(answer.dialects).toBe([...expects.dialects].sort().join(', '));
  if (afterwards === undefined) return;
  const { path, ...seen } = filled(afterwards);
  check(await send({ method: 'GET', path, headers: {} }), seen);
};

describe.each(providers)('%s', (_provider, exchanges) => {
  test.each(exchanges.map(({ name, ...exchange }) => [name, exchange] as const))('%s', async (_name, exchange) => {
    const made: string[] = [];
    try {
      await play(exchange, made);
    } finally {
      for (const path of made.reverse()) await ask('DELETE', path);
    }
  });
});

test('every dialect is needed by an exchange, and every name in one is a dialect', () => {
  const named = providers.flatMap(([, exchanges]) => exchanges.flatMap(({ expects }) => expects.dialects));
  const known = Object.entries(dialects).map(([name, { client }]) => `${client}.${name}`);
  expect([...new Set(named)].sort()).toEqual(known.sort());
});
