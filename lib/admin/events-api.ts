/**
 * `/admin/events/...`: replay, redrive, backfill and test events. A redrive or backfill runs in steps: `next` in the
 * response is where the next step continues.
 */
import * as z from 'zod/mini';
import { parseJson } from '../common/json-text.ts';
import { badRequest, methodNotAllowed, notFound, type Report, toFailure, unsupportedMediaType } from './admin-error.ts';
import { BackfillOrder, RedriveOrder, ReplayOrder, type StepAnswer, TestEventOrder } from './event-messages.ts';

type Replay = { readonly name: string; readonly state: string; readonly reason?: string | undefined };
export type EventOperations = {
  startReplay(order: { since: Date; until: Date; directory?: string; type?: string }): Promise<Replay>;
  /** @returns undefined if no replay has that name */
  readReplay(name: string): Promise<Replay | undefined>;
  redrive(after: string | undefined): Promise<StepAnswer>;
  /** @throws AdminError 404, 400 */
  backfill(directory: string, next: string | undefined): Promise<StepAnswer>;
  /** @throws AdminError 404, 400 */
  send(order: { type: string; directory: string }): Promise<{ readonly eventId: string }>;
};
export type EventsRequest = {
  readonly method: string;
  /** The path after `/admin/events`, for example `/backfill`. */
  readonly path: string;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
  readonly requestId: string;
};
type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };
type Result = { readonly status: number; readonly body: object };

const JSON_TYPE = /^application\/json[ \t]*(;|$)/i;
const parseJsonBody = (text: string): unknown => {
  const json = parseJson(text);
  if (json === undefined) throw badRequest('The body is not JSON.');
  return json;
};
const parseBody = <Body>(schema: z.core.$ZodType<Body>, { body = '', contentType = '' }: EventsRequest): Body => {
  // Also keeps web pages from writing to the local run: browsers send this type across origins only after a preflight.
  if (!JSON_TYPE.test(contentType)) throw unsupportedMediaType('The body must be application/json.');
  const parsed = z.safeParse(schema, parseJsonBody(body));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw badRequest(faults.join('; '));
};

const toReplayOrder = ({ since, until, ...filter }: ReplayOrder) => {
  const order = { ...filter, since: new Date(since), until: until === undefined ? new Date() : new Date(until) };
  if (order.since >= order.until) throw badRequest('since: must be before until');
  return order;
};

type Post = (request: EventsRequest) => Promise<Result>;
const postsOf = (operations: EventOperations): ReadonlyMap<string, Post> =>
  new Map<string, Post>([
    [
      '/replays',
      async (request) => {
        const order = toReplayOrder(parseBody(ReplayOrder, request));
        return { status: 202, body: await operations.startReplay(order) };
      },
    ],
    [
      '/redrive',
      async (request) => ({
        status: 200,
        body: await operations.redrive(parseBody(RedriveOrder, request).next),
      }),
    ],
    [
      '/backfill',
      async (request) => {
        const { directory, next } = parseBody(BackfillOrder, request);
        return { status: 200, body: await operations.backfill(directory, next) };
      },
    ],
    ['/send', async (request) => ({ status: 202, body: await operations.send(parseBody(TestEventOrder, request)) })],
  ]);

const REPLAY = /^\/replays\/([.\w-]{1,64})$/;
const readReplay = async (operations: EventOperations, name: string): Promise<Result> => {
  const found = await operations.readReplay(name);
  if (found === undefined) throw notFound(`There is no replay ${name}.`);
  return { status: 200, body: found };
};

const dispatch = (operations: EventOperations, request: EventsRequest): Promise<Result> => {
  const { method, path } = request;
  const post = postsOf(operations).get(path);
  const replay = REPLAY.exec(path)?.[1];
  if (post === undefined && replay === undefined) throw notFound('There is no such admin endpoint.');
  if (method !== (post === undefined ? 'GET' : 'POST')) throw methodNotAllowed(post === undefined ? 'GET' : 'POST');
  return post === undefined ? readReplay(operations, replay ?? '') : post(request);
};

/** Creates the request handler. @returns a function that never throws */
export const createEventsApi =
  (operations: EventOperations, report: Report) =>
  async (request: EventsRequest): Promise<Answer> => {
    try {
      const { status, body } = await dispatch(operations, request);
      return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    } catch (error) {
      return toFailure(error, request.requestId, report);
    }
  };
