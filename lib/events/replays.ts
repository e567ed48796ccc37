/**
 * Replays of the bus's archive. EventBridge replays a window of time to rules of the bus; ours alone is named, and the
 * function behind it keeps what was asked for and tells it with reason `replay`.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html
 */
import { randomBytes } from 'node:crypto';
import { DescribeReplayCommand, type EventBridgeClient, StartReplayCommand } from '@aws-sdk/client-eventbridge';
import * as z from 'zod/mini';
import type { LifecycleEvent } from './envelope.ts';
import { REPLAY_PREFIX } from './event-source.ts';

const Filter = z.object({ directory: z.optional(z.string()), type: z.optional(z.string()) });
type Filter = z.infer<typeof Filter>;
export type ReplayOrder = Filter & { readonly since: Date; readonly until: Date };
export type ReplayState = { readonly name: string; readonly state: string; readonly reason?: string | undefined };

/** The ARNs of what a replay is from and for. */
export type ReplaySource = { readonly archive: string; readonly bus: string; readonly rule: string };

const newName = (now: Date) =>
  `${REPLAY_PREFIX}${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}-${randomBytes(4).toString('hex')}`;

/** Its description is the only place that a replay has for what was asked. */
export const startReplay = async (
  client: EventBridgeClient,
  { archive, bus, rule }: ReplaySource,
  { since, until, ...filter }: ReplayOrder,
): Promise<ReplayState> => {
  const name = newName(new Date());
  const { State = 'STARTING' } = await client.send(
    new StartReplayCommand({
      ReplayName: name,
      EventSourceArn: archive,
      EventStartTime: since,
      EventEndTime: until,
      Destination: { Arn: bus, FilterArns: [rule] },
      Description: JSON.stringify(filter),
    }),
  );
  return { name, state: State };
};

export const readReplay = async (client: EventBridgeClient, name: string): Promise<ReplayState> => {
  const { State = 'UNKNOWN', StateReason } = await client.send(new DescribeReplayCommand({ ReplayName: name }));
  return { name, state: State, reason: StateReason };
};

const Replayed = z.object({
  'replay-name': z.string(),
  'detail-type': z.string(),
  detail: z.looseObject({ eventId: z.string(), directory: z.object({ id: z.string() }) }),
});
type Replayed = z.infer<typeof Replayed>;

const isWanted = ({ directory, type }: Filter, { detail, 'detail-type': detailType }: Replayed) =>
  (directory === undefined || directory === detail.directory.id) && (type === undefined || type === detailType);

/** @returns for the text of an event of a replay, what is to be told: undefined when it was not asked for */
export const createReplayFilter = (client: EventBridgeClient) => {
  const filters = new Map<string, Promise<Filter>>();
  const readFilter = async (name: string): Promise<Filter> => {
    const { Description = '{}' } = await client.send(new DescribeReplayCommand({ ReplayName: name }));
    return Filter.parse(JSON.parse(Description));
  };
  const filterOf = (name: string): Promise<Filter> => {
    const known = filters.get(name);
    if (known !== undefined) return known;
    const asked = readFilter(name);
    asked.catch(() => filters.delete(name)); // an outage is not remembered
    filters.set(name, asked);
    return asked;
  };
  return async (text: string): Promise<LifecycleEvent | undefined> => {
    const event = Replayed.parse(JSON.parse(text));
    if (!isWanted(await filterOf(event['replay-name']), event)) return undefined;
    const { detail, 'detail-type': type } = event;
    // A replay has no order to keep: each event is published by itself.
    return { type, detail: { ...detail, reason: 'replay' } as LifecycleEvent['detail'], orderKey: detail.eventId };
  };
};
