/** Exchanges as data: what a client sends and what it must be answered, played over HTTP exactly as written. */
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { expect } from 'vitest';
import * as z from 'zod';
import { isObject, type Json, own } from '../../lib/scim/json/json.ts';
import type { useLocalRun } from '../support/local-run.ts';

const Body = z.record(z.string(), z.json());
const Seen = z.strictObject({
  status: z.int(),
  /** What the body has at least. */
  body: Body.optional(),
  /** JSON pointers to what the body must not have. */
  absent: z.array(z.string()).optional(),
  /** Regular expressions that headers match. */
  headers: z.record(z.string(), z.string()).optional(),
});
type Seen = z.infer<typeof Seen>;
const Exchange = z.strictObject({
  name: z.string(),
  /** What is there before: `$ref` in any text after it is its id. */
  given: z.array(z.strictObject({ ref: z.string(), endpoint: z.string(), body: Body })).default([]),
  sends: z.strictObject({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
    body: Body.optional(),
  }),
  /** `dialects`: those that the header X-Rollcall-Dialects names. */
  expects: Seen.extend({ dialects: z.array(z.string()).default([]) }),
  /** What a GET of `path` answers when it is done. */
  afterwards: Seen.extend({ path: z.string() }).optional(),
});
export type Exchange = z.infer<typeof Exchange>;
const Fixture = z.strictObject({ about: z.string(), exchanges: z.array(Exchange).min(1) });

/** @returns the exchanges of each file of a folder below test/fixtures, by the file's name without its ending */
export const readExchanges = (folder: string): (readonly [file: string, exchanges: readonly Exchange[]])[] => {
  const url = new URL(`../fixtures/${folder}/`, import.meta.url);
  return readdirSync(url).map((file) => [
    file.replace(/\.json$/, ''),
    Fixture.parse(JSON.parse(readFileSync(new URL(file, url), 'utf8'))).exchanges,
  ]);
};

type Answer = { readonly status: number; readonly headers: NodeJS.Dict<string | string[]>; readonly body: Json };
type Sent = Exchange['sends'] & { readonly baseUrl: string; readonly token: string };
/** fetch would tidy up the query. */
const send = ({ method, path, headers, body, baseUrl, token }: Sent): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(baseUrl);
    const contentType = body === undefined ? {} : { 'content-type': 'application/scim+json; charset=utf-8' };
    const all = { authorization: `Bearer ${token}`, ...contentType, ...headers };
    const sent = request({ hostname, port, method, path: `${pathname}${path}`, headers: all }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const json = text === '' ? {} : z.json().parse(JSON.parse(text));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: json });
      });
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });

const at = (json: Json, pointer: string): Json | undefined => {
  let value: Json | undefined = json;
  for (const key of pointer.split('/').slice(1))
    value = Array.isArray(value) ? value[Number(key)] : isObject(value) ? own(value, key) : undefined;
  return value;
};
const check = (answer: Answer, { status, body, absent = [], headers = {} }: Seen) => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  if (body !== undefined) expect(answer.body).toMatchObject(body);
  for (const pointer of absent) expect(at(answer.body, pointer), pointer).toBeUndefined();
  for (const [name, pattern] of Object.entries(headers))
    expect(answer.headers[name], name).toMatch(new RegExp(pattern));
};

type LocalRun = Pick<ReturnType<typeof useLocalRun>, 'run' | 'ask' | 'tokenOf'>;

/** Plays one exchange and removes what it made. @param directory the first one when not said */
export const playExchange = async (exchange: Exchange, { run, ask, tokenOf }: LocalRun, directory?: string) => {
  const made: string[] = [];
  const ids = new Map<string, string>();
  const inDirectory = directory === undefined ? {} : { directory };
  const filled = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replace(/\$([a-z]\w*)/g, (whole, name: string) => ids.get(name) ?? whole)) as T;
  const exchangeOnce = (sends: Exchange['sends']) =>
    send({ ...sends, baseUrl: run().baseUrl, token: tokenOf(directory) });
  try {
    for (const { ref, endpoint, body } of exchange.given) {
      const { status, json, text } = await ask('POST', endpoint, { ...inDirectory, body: filled(body) });
      expect(status, text).toBe(201);
      ids.set(ref, json.id);
      made.push(`${endpoint}/${json.id}`);
    }
    const sends = filled(exchange.sends);
    const { dialects, ...expected } = filled(exchange.expects);
    const answer = await exchangeOnce(sends);
    if (answer.status === 201 && isObject(answer.body)) made.push(`${sends.path}/${String(answer.body.id)}`);
    check(answer, expected);
    expect(answer.headers['x-rollcall-dialects'] ?? '').toBe([...dialects].sort().join(', '));
    if (exchange.afterwards === undefined) return;
    const { path, ...seen } = filled(exchange.afterwards);
    check(await exchangeOnce({ method: 'GET', path, headers: {} }), seen);
  } finally {
    for (const path of made.reverse()) await ask('DELETE', path, inDirectory);
  }
};
