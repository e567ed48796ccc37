/** A redrive or a backfill, which the server does in steps. */
import { StepAnswer } from '../admin/event-messages.ts';
import type { AdminClient } from '../admin-client/admin-client.ts';

type Steps = { readonly count: number; readonly left: readonly { name: string; reason: string }[] };
/** Repeats the request until the answer has no `next`, and sums up the answers. */
export const runSteps = async (client: AdminClient, path: string, order: object): Promise<Steps> => {
  const left: { name: string; reason: string }[] = [];
  let count = 0;
  let next: string | undefined;
  do {
    const body = { ...order, ...(next === undefined ? {} : { next }) };
    const step = await client.ask({ method: 'POST', path: ['events', path], body }, StepAnswer);
    count += step.count;
    left.push(...(step.left ?? []));
    next = step.next;
  } while (next !== undefined);
  return { count, left };
};
