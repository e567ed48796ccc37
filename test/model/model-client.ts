/** A client of the model check: sends requests through the protocol core in a process that may die. */
import { type Caller, createServiceProvider, type JsonObject, type ScimRequest } from '../../lib/scim/index.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import type { TableOptions } from '../../lib/store/table/client.ts';
import { startRequest } from '../../lib/store/table/request-time.ts';
import type { Random } from '../fuzz/random.ts';
import { createFaultyClient, Killed, type Plan, type planFor } from './faults.ts';
import type { History, Span, TypeName } from './history.ts';
import type { Directory } from './world.ts';

export type Request = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject | undefined;
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  /** Milliseconds until the request's deadline. @default 25 seconds */
  readonly time?: number | undefined;
};
/** `killed`: the process died, so there is no response. */
export type Answer = Span & {
  readonly status: number | 'killed';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject | undefined;
  /** Number of executed item writes and transactions. */
  readonly writes: number;
};

/** The response to an acknowledged write. */
export type Written = { readonly directory: Directory; readonly type: TypeName; readonly body: JsonObject };

export type Outcome = 'done' | 'refused' | 'maybe';
export const outcomeOf = ({ status }: Answer): Outcome => {
  if (status === 'killed' || status === 429 || status >= 500) return 'maybe';
  return status < 400 ? 'done' : 'refused';
};

export type ModelClient = ReturnType<typeof createModelClient>;

const EXPECTED = new Set<number | string>([200, 201, 204, 304, 400, 404, 409, 412, 429, 503, 'killed']);
const REQUEST_MILLISECONDS = 25_000;
let requests = 0;

/** The request may need many steps. */
const LONG_BODY = 1500;
const isLong = ({ method, body }: Request) => method === 'DELETE' || JSON.stringify(body ?? '').length > LONG_BODY;

const toScimRequest = ({ method, path, query = {}, body, ifMatch, ifNoneMatch }: Request): ScimRequest => ({
  method,
  path,
  query: new Map(Object.entries(query)),
  header: (name) =>
    new Map([
      ['if-match', ifMatch],
      ['if-none-match', ifNoneMatch],
    ]).get(name),
  body: body === undefined ? undefined : JSON.stringify(body),
  baseUrl: 'https://model.example/scim/v2',
});

const toCaller = ({ settings }: Directory, time: number): Caller => ({
  directory: settings,
  actor: { kind: 'provisioning-client', tokenId: 'model', requestId: `request-${++requests}` },
  reason: 'change',
  deadline: Date.now() + time,
});

/**
 * Whether the request must succeed or be refused: transient faults are retried internally. Only the outcome of a
 * conditional write may remain unknown.
 */
const mustBeAnswered = ({ perMille, outageFrom, killedIn }: Plan, { time, ifMatch }: Request) =>
  perMille <= 150 && outageFrom === undefined && killedIn === undefined && time === undefined && ifMatch === undefined;

/** @param plan chooses the faults of a request's calls */
export const createModelClient = (
  { client, tableName }: TableOptions,
  { history, random, plan, latency }: { history: History; random: Random; plan: typeof planFor; latency: number },
) => {
  const faulty = createFaultyClient(client, { random, latency });
  const options = { client: faulty.client, tableName };
  const startProcess = () =>
    createServiceProvider(({ deadline }) => createStore({ ...options, request: startRequest(deadline) }));
  let serve = startProcess();
  let written: Written | undefined;
  const counts = new Map<string, number>();

  const answer = async (
    request: Request,
    directory: Directory,
  ): Promise<Pick<Answer, 'status' | 'headers' | 'body'>> => {
    try {
      const response = await serve(toScimRequest(request), toCaller(directory, request.time ?? REQUEST_MILLISECONDS));
      if (!faulty.isDead()) return response;
    } catch (error) {
      if (!(error instanceof Killed)) history.findings.push(`${request.method} ${request.path.join('/')}: ${error}`);
    }
    if (faulty.isDead()) serve = startProcess();
    return { status: 'killed', headers: {}, body: undefined };
  };

  return {
    history,
    random,
    counts,
    options,
    faults: faulty.injected,
    /** Starts calls that do not belong to a request. */
    begin: () => faulty.begin(plan(random, true)),
    isDead: faulty.isDead,
    noteWritten: (one: Written) => {
      written = one;
    },
    /** @returns the last write, once */
    takeWritten: () => {
      const last = written;
      written = undefined;
      return last;
    },
    destroy: () => faulty.client.destroy(),
    async ask(directory: Directory, request: Request): Promise<Answer> {
      const faults = plan(random, isLong(request));
      faulty.begin(faults);
      const start = history.tick();
      const response = await answer(request, directory);
      const answered = { ...response, start, end: history.tick(), writes: faulty.writes() };
      const { status, headers } = answered;
      counts.set(String(status), (counts.get(String(status)) ?? 0) + 1);
      const what = `${request.method} ${request.path.join('/')} at ${start} returned ${status}`;
      if (!EXPECTED.has(status)) history.findings.push(`${what}: ${JSON.stringify(response.body)}`);
      if ((status === 429 || status === 503) && !/^\d+$/.test(headers['Retry-After'] ?? ''))
        history.findings.push(`${what} without Retry-After`);
      if (outcomeOf(answered) === 'maybe' && mustBeAnswered(faults, request))
        history.findings.push(`${what} without a reason`);
      return answered;
    },
  };
};
