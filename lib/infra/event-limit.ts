/** The size limit of events as a setting of the functions that publish changes. */
import { eventBytes } from '../events/entry-size.ts';
import { variables } from '../lambda/variables.ts';

/** @throws Error if the limit is out of range */
export const eventLimit = (limitBytes: number | undefined): Readonly<Record<string, string>> => {
  if (limitBytes === undefined) return {};
  const { least, most } = eventBytes;
  if (!Number.isInteger(limitBytes) || limitBytes < least || limitBytes > most)
    throw new Error(`eventLimitBytes: expected an integer from ${least} to ${most}`);
  return { [variables.eventLimitBytes]: String(limitBytes) };
};
