/** Exchanges as data: requests and their expected responses, sent over HTTP exactly as written. */
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { expect } from 'vitest';
import * as z from 'zod';
import { isObject, type Json, own } from '../../lib/scim/json/json.ts';
import type { useLocalRun } from '../support/local-run.ts';

const Body = z.record(z.string(), z.json());
const Expected = z.strictObject({
  status: z.int(),
  /** Members that the body must have; it may have more. */
  body: Body.optional(),
  /** JSON pointers to members that the body must not have. */
  absent: z.array(z.string()).optional(),
  /** A regular expression per header name. */
  headers: z.record(z.string(), z.string()).optional(),
});
type Expected = z.infer<typeof Expected>;
const Exchange = z.strictObject({
  name: z.string(),
  /** Resources to create first. A later text may name the id of the one with `ref: 'x'` as `$x`. */
  given: z.array(z.strictObject({ ref: z.string(), endpoint: z.string(), body: Body })).default([]),
  sends: z.strictObject({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()).default({}),
    body: Body.optional(),
  }),
  /** `dialects`: the names in the header X-Rollcall-Dialects. */
  expects: Expected.extend({ dialects: z.array(z.string()).default([]) }),
  /** The expected response to a GET of `path` after the exchange. */
  afterwards: Expected.extend({ path: z.string() }).optional(),
  /** In mode `rfc`: what the same request must answer, and what a GET of the same path afterwards. */
  rfc: z.strictObject({ expects: Expected, afterwards: Expected.optional() }).optional(),
  /** The events about the resource with this ref, by detail type, without its creation. */
  events: z.strictObject({ ref: z.string(), types: z.array(z.string()) }).optional(),
});
export type Exchange = z.infer<typeof Exchange>;
const Fixture = z.strictObject({ about: z.string(), exchanges: z.array(Exchange).min(1) });

/** Reads a folder below test/fixtures. @returns the exchanges of each file, with its name without extension */
export const readExchanges = (folder: string): (readonly [file: string, exchanges: readonly Exchange[]])[] => {
  const url = new URL(`../fixtures/${folder}/`, import.meta.url);
  return readdirSync(url).map((file) => [
    file.replace(/\.json$/, ''),
    Fixture.parse(JSON.parse(readFileSync(new URL(file, url), 'utf8'))).exchanges,
  ]);
};

type Answer = { readonly status: number; readonly headers: NodeJS.Dict<string | string[]>; readonly body: Json };
type Sent = Exchange['sends'] & { readonly baseUrl: string; readonly token: string };
/** Uses node:http, because fetch would normalize the query. */
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
const check = (answer: Answer, { status, body, absent = [], headers = {} }: Expected) => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  if (body !== undefined) expect(answer.body).toMatchObject(body);
  for (const pointer of absent) expect(at(answer.body, pointer), pointer).toBeUndefined();
  for (const [name, pattern] of Object.entries(headers))
    expect(answer.headers[name], name).toMatch(new RegExp(pattern));
};

type LocalRun = Pick<ReturnType<typeof useLocalRun>, 'run' | 'ask' | 'tokenOf'>;

const expectationsIn = ({ expects, afterwards, rfc }: Exchange, directory: string | undefined) => {
  const { dialects, ...expected } = expects;
  const { path: _path, ...after } = afterwards ?? { path: '', status: 200 };
  return directory === 'rfc' && rfc !== undefined
    ? { dialects: [], expected: rfc.expects, expectedAfter: rfc.afterwards ?? after }
    : { dialects, expected, expectedAfter: after };
};

/**
 * Plays one exchange, then deletes the resources it created.
 * @param directory default: the first one; `rfc`: with the expectations in mode rfc
 * @returns the ids by ref
 */
export const playExchange = async (exchange: Exchange, { run, ask, tokenOf }: LocalRun, directory?: string) => {
  const created: string[] = [];
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
      created.push(`${endpoint}/${json.id}`);
    }
    const sends = filled(exchange.sends);
    const { dialects, expected, expectedAfter } = filled(expectationsIn(exchange, directory));
    const answer = await exchangeOnce(sends);
    if (answer.status === 201 && isObject(answer.body)) created.push(`${sends.path}/${String(answer.body.id)}`);
    check(answer, expected);
    expect(answer.headers['x-rollcall-dialects'] ?? '').toBe([...dialects].sort().join(', '));
    if (exchange.afterwards === undefined) return ids;
    const { path } = filled(exchange.afterwards);
    check(await exchangeOnce({ method: 'GET', path, headers: {} }), expectedAfter);
    return ids;
  } finally {
    for (const path of created.reverse()) await ask('DELETE', path, inDirectory);
  }
};
