/** Schemas of the requests and responses of `/admin/events/...`, shared by the API and the CLI. */
import * as z from 'zod/mini';
import { Slug } from '../store/items/directory-item.ts';

const time = z.iso.datetime({ offset: true });
const type = z.string().check(z.regex(/^[a-z_]+\.[a-z_]+$/, 'must be an event type such as user.created'));
/** The `next` of the previous response. */
const next = z.exactOptional(z.string().check(z.maxLength(1000)));

export const ReplayOrder = z.strictObject({
  since: time,
  /** @default now */
  until: z.exactOptional(time),
  directory: z.exactOptional(Slug),
  type: z.exactOptional(type),
});
export type ReplayOrder = z.infer<typeof ReplayOrder>;
export const ReplayAnswer = z.object({ name: z.string(), state: z.string(), reason: z.optional(z.string()) });

export const RedriveOrder = z.strictObject({ next });
export const BackfillOrder = z.strictObject({ directory: Slug, next });
export const TestEventOrder = z.strictObject({ type, directory: Slug });
export const TestEventAnswer = z.object({ eventId: z.string() });

/** A step of a redrive or a backfill. */
export const StepAnswer = z.object({
  /** Records redriven, or events published. */
  count: z.number(),
  /** Batches of a redrive that failed again, with the reason. */
  left: z.optional(z.array(z.object({ name: z.string(), reason: z.string() }))),
  /** Absent when nothing is left to do. */
  next: z.optional(z.string()),
});
export type StepAnswer = z.infer<typeof StepAnswer>;
