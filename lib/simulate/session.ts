/** Requests as one identity provider sends them, and its checks of the answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Connection, type Request, Unanswered } from '../scim-client/connection.ts';
import { detailOf, faultOf, ListResponse, mediaTypeOf, PATCH_OP, Resource } from '../scim-client/scim-messages.ts';
import type { Exchange } from './recording.ts';
import type { Kind, Statistics } from './statistics.ts';

/** A request failed or its answer is not what the provider needs; it is in the tally already. */
export class StepFailed extends Error {}

export type Operation = { readonly op: string; readonly path?: string; readonly value?: unknown };
export type Session = {
  /** @param options.notFoundIsEmpty whether the provider takes 404 for an empty list */
  list(kind: Kind, target: string, options?: { notFoundIsEmpty?: boolean }): Promise<ListResponse>;
  create(kind: Kind, target: string, body: object): Promise<Resource>;
  read(kind: Kind, target: string): Promise<Resource>;
  /** @returns the resource as the server now has it */
  replace(kind: Kind, target: string, body: object): Promise<Resource>;
  patch(kind: Kind, target: string, operations: readonly Operation[]): Promise<void>;
  remove(kind: Kind, target: string): Promise<void>;
};
/** How one provider's requests look on the wire. */
export type WireFormat = {
  headersOf(request: { kind: Kind; method: Request['method']; target: string }): Readonly<Record<string, string>>;
  /** The media types that it takes in answers. */
  readonly mediaTypes: readonly string[];
  /** The two members of a PatchOp, whose order differs between providers. */
  toPatchOp?(operations: readonly Operation[]): object;
};
export type SessionOptions = {
  readonly connection: Connection;
  readonly manner: WireFormat;
  readonly tally: Statistics;
  readonly pace: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly record: (exchange: Exchange) => void;
};

type Sent = Pick<Request, 'method' | 'target' | 'body'>;
/** @returns what is wrong, or undefined */
type Check = (answer: Answer) => string | undefined;

const ATTEMPTS = 4;
const LONGEST_WAIT_S = 60;

/** Whole seconds only: an HTTP date is not understood by Okta either. */
const retryAfterOf = ({ headers }: Answer): number => {
  const text = headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : 5;
};

const statusCheck =
  (...allowed: readonly number[]): Check =>
  ({ status }) =>
    allowed.includes(status) ? undefined : `answered ${status} in place of ${allowed.join(' or ')}`;

const bodyCheck =
  (schema: typeof ListResponse | typeof Resource, mediaTypes: readonly string[]): Check =>
  (answer) => {
    const mediaType = mediaTypeOf(answer);
    if (!mediaTypes.includes(mediaType)) return `the answer's Content-Type is '${mediaType}'`;
    const parsed = schema.safeParse(answer.json);
    return parsed.success ? undefined : `the answer's ${faultOf(parsed.error)}`;
  };

const idCheck =
  (id: string): Check =>
  ({ json }) =>
    Resource.safeParse(json).data?.id === id ? undefined : 'the answer is another resource';

/** Okta refuses ids with this text. */
const newIdCheck: Check = ({ json }) =>
  Resource.parse(json).id.includes('bulkId') ? "the answer's id contains 'bulkId'" : undefined;

const firstFault = (answer: Answer, checks: readonly Check[]): string | undefined => {
  for (const check of checks) {
    const fault = check(answer);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const idIn = (target: string): string => decodeURIComponent(/^\/\w+\/([^/?]+)/.exec(target)?.[1] ?? '');

const createAsk = ({ connection, manner, tally, pace, signal, record }: SessionOptions) => {
  const sendOnce = async (kind: Kind, sent: Sent): Promise<Answer> => {
    await pace();
    const request = { ...sent, headers: manner.headersOf({ kind, ...sent }) };
    const answer = await connection.send(request).catch((error: unknown) => {
      if (!(error instanceof Unanswered)) throw error;
      record({ kind, request, answer: undefined });
      tally.failed({ kind, method: sent.method, target: sent.target, fault: error.message });
      throw new StepFailed();
    });
    tally.answered(kind, answer.milliseconds);
    record({ kind, request, answer });
    return answer;
  };

  return async (kind: Kind, sent: Sent, checks: readonly Check[]): Promise<Answer> => {
    let answer = await sendOnce(kind, sent);
    for (let attempt = 1; answer.status === 429 && attempt < ATTEMPTS; attempt++) {
      const seconds = retryAfterOf(answer);
      if (seconds > LONGEST_WAIT_S) break;
      tally.throttled();
      await sleep(seconds * 1000, undefined, { signal });
      answer = await sendOnce(kind, sent);
    }
    const fault = firstFault(answer, checks);
    if (fault === undefined) return answer;
    const { status } = answer;
    tally.failed({ kind, method: sent.method, target: sent.target, status, fault, detail: detailOf(answer) });
    throw new StepFailed();
  };
};

/** Every method throws StepFailed, and the signal's reason once it is aborted. */
export function createSession(line: SessionOptions): Session {
  const ask = createAsk(line);
  const { mediaTypes, toPatchOp } = line.manner;
  const isResource = bodyCheck(Resource, mediaTypes);
  const isList = bodyCheck(ListResponse, mediaTypes);
  return {
    async list(kind, target, { notFoundIsEmpty = false } = {}) {
      const checks = [statusCheck(200, ...(notFoundIsEmpty ? [404] : []))];
      const ifFound: Check = (answer) => (answer.status === 404 ? undefined : isList(answer));
      const answer = await ask(kind, { method: 'GET', target }, [...checks, ifFound]);
      return answer.status === 404 ? { schemas: [], totalResults: 0, Resources: [] } : ListResponse.parse(answer.json);
    },
    async create(kind, target, body) {
      const sent = { method: 'POST', target, body } as const;
      return Resource.parse((await ask(kind, sent, [statusCheck(201), isResource, newIdCheck])).json);
    },
    async read(kind, target) {
      const sent = { method: 'GET', target } as const;
      return Resource.parse((await ask(kind, sent, [statusCheck(200), isResource, idCheck(idIn(target))])).json);
    },
    async replace(kind, target, body) {
      const sent = { method: 'PUT', target, body } as const;
      return Resource.parse((await ask(kind, sent, [statusCheck(200), isResource, idCheck(idIn(target))])).json);
    },
    async patch(kind, target, operations) {
      const body = toPatchOp?.(operations) ?? { schemas: [PATCH_OP], Operations: operations };
      const ifBody: Check = (answer) =>
        answer.status === 204 ? undefined : firstFault(answer, [isResource, idCheck(idIn(target))]);
      await ask(kind, { method: 'PATCH', target, body }, [statusCheck(200, 204), ifBody]);
    },
    async remove(kind, target) {
      await ask(kind, { method: 'DELETE', target }, [statusCheck(...(kind === 'cleanup' ? [204, 404] : [204]))]);
    },
  };
}
