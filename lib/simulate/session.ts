/** Sends requests in one identity provider's wire format and checks the responses as it would. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Connection, type Request, Unanswered } from '../scim-client/connection.ts';
import { detailOf, faultOf, ListResponse, mediaTypeOf, PATCH_OP, Resource } from '../scim-client/scim-messages.ts';
import type { Exchange } from './recording.ts';
import type { Kind, Statistics } from './statistics.ts';

/** A request failed, or its response is unusable for the provider. The statistics already include it. */
export class StepFailed extends Error {}

export type Operation = { readonly op: string; readonly path?: string; readonly value?: unknown };
export type Session = {
  /** @param options.notFoundIsEmpty whether the provider treats 404 as an empty list */
  list(kind: Kind, target: string, options?: { notFoundIsEmpty?: boolean }): Promise<ListResponse>;
  create(kind: Kind, target: string, body: object): Promise<Resource>;
  read(kind: Kind, target: string): Promise<Resource>;
  /** @returns the replaced resource */
  replace(kind: Kind, target: string, body: object): Promise<Resource>;
  patch(kind: Kind, target: string, operations: readonly Operation[]): Promise<void>;
  remove(kind: Kind, target: string): Promise<void>;
};
/** The wire format of one provider's requests. */
export type WireFormat = {
  headersOf(request: { kind: Kind; method: Request['method']; target: string }): Readonly<Record<string, string>>;
  /** The media types that it accepts in responses. */
  readonly mediaTypes: readonly string[];
  /** Builds a PatchOp. The order of its two members differs between providers. */
  toPatchOp?(operations: readonly Operation[]): object;
};
export type SessionOptions = {
  readonly connection: Connection;
  readonly wireFormat: WireFormat;
  readonly statistics: Statistics;
  readonly nextTurn: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly record: (exchange: Exchange) => void;
};

type Sent = Pick<Request, 'method' | 'target' | 'body'>;
/** @returns the fault, or undefined */
type Check = (answer: Answer) => string | undefined;

const ATTEMPTS = 4;
const LONGEST_WAIT_S = 60;

/** Whole seconds only; Okta does not parse an HTTP date either. @returns 5 without a valid header */
const retryAfterOf = ({ headers }: Answer): number => {
  const text = headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : 5;
};

const statusCheck =
  (...allowed: readonly number[]): Check =>
  ({ status }) =>
    allowed.includes(status) ? undefined : `returned ${status}, expected ${allowed.join(' or ')}`;

const bodyCheck =
  (schema: typeof ListResponse | typeof Resource, mediaTypes: readonly string[]): Check =>
  (answer) => {
    const mediaType = mediaTypeOf(answer);
    if (!mediaTypes.includes(mediaType)) return `the response's Content-Type is '${mediaType}'`;
    const parsed = schema.safeParse(answer.json);
    return parsed.success ? undefined : `the response's ${faultOf(parsed.error)}`;
  };

const idCheck =
  (id: string): Check =>
  ({ json }) =>
    Resource.safeParse(json).data?.id === id ? undefined : 'the response is a different resource';

/** Okta rejects ids that contain this text. */
const newIdCheck: Check = ({ json }) =>
  Resource.parse(json).id.includes('bulkId') ? "the response's id contains 'bulkId'" : undefined;

const firstFault = (answer: Answer, checks: readonly Check[]): string | undefined => {
  for (const check of checks) {
    const fault = check(answer);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const idIn = (target: string): string => decodeURIComponent(/^\/\w+\/([^/?]+)/.exec(target)?.[1] ?? '');

const createAsk = ({ connection, wireFormat, statistics, nextTurn, signal, record }: SessionOptions) => {
  const sendOnce = async (kind: Kind, sent: Sent): Promise<Answer> => {
    await nextTurn();
    const request = { ...sent, headers: wireFormat.headersOf({ kind, ...sent }) };
    const answer = await connection.send(request).catch((error: unknown) => {
      if (!(error instanceof Unanswered)) throw error;
      record({ kind, request, answer: undefined });
      statistics.failed({ kind, method: sent.method, target: sent.target, fault: error.message });
      throw new StepFailed();
    });
    statistics.answered(kind, answer.milliseconds);
    record({ kind, request, answer });
    return answer;
  };

  return async (kind: Kind, sent: Sent, checks: readonly Check[]): Promise<Answer> => {
    let answer = await sendOnce(kind, sent);
    for (let attempt = 1; answer.status === 429 && attempt < ATTEMPTS; attempt++) {
      const seconds = retryAfterOf(answer);
      if (seconds > LONGEST_WAIT_S) break;
      statistics.throttled();
      await sleep(seconds * 1000, undefined, { signal });
      answer = await sendOnce(kind, sent);
    }
    const fault = firstFault(answer, checks);
    if (fault === undefined) return answer;
    const { status } = answer;
    statistics.failed({ kind, method: sent.method, target: sent.target, status, fault, detail: detailOf(answer) });
    throw new StepFailed();
  };
};

/** Every method throws StepFailed, and the signal's reason once it is aborted. */
export function createSession(options: SessionOptions): Session {
  const ask = createAsk(options);
  const { mediaTypes, toPatchOp } = options.wireFormat;
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
