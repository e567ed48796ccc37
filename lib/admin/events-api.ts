/**
 * The handlers of `/admin/events/...`: replay, redrive, backfill and test events. A redrive or backfill runs in steps:
 * `next` in the response is where the next step continues.
 */
import { badRequest, notFound } from './admin-error.ts';
import type { ReplayOrder, StepAnswer } from './event-messages.ts';
import type { eventOperations } from './event-operations.ts';
import type { Handlers } from './router.ts';

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
const toReplayOrder = ({ since, until, ...filter }: ReplayOrder) => {
  const order = { ...filter, since: new Date(since), until: until === undefined ? new Date() : new Date(until) };
  if (order.since >= order.until) throw badRequest('since: must be before until');
  return order;
};

const REPLAY = /^[.\w-]{1,64}$/;

export const createEventHandlers = (operations: EventOperations): Handlers<typeof eventOperations> => ({
  startReplay: async ({ body }) => ({ status: 202, body: await operations.startReplay(toReplayOrder(body)) }),
  async readReplay({ name }) {
    const found = REPLAY.test(name) ? await operations.readReplay(name) : undefined;
    if (found === undefined) throw notFound(`There is no replay ${name}.`);
    return { status: 200, body: found };
  },
  redriveEvents: async ({ body: { next } }) => ({ status: 200, body: await operations.redrive(next) }),
  backfillEvents: async ({ body: { directory, next } }) => ({
    status: 200,
    body: await operations.backfill(directory, next),
  }),
  sendEvent: async ({ body }) => ({ status: 202, body: await operations.send(body) }),
});
