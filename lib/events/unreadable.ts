/** Tells a damaged item or record, which reads the same at every attempt, from an outage. */

/** zod's errors have `issues`. To name their class would put texts of sixty languages into the bundle. */
const isZodError = (error: Error): boolean => 'issues' in error;

export const isUnreadable = (error: unknown): boolean =>
  error instanceof SyntaxError || (error instanceof Error && isZodError(error));

/** Describes an error without the messages of parsers, which quote their input and may contain personal data. */
export const describeFailure = (reason: unknown): string => {
  if (!(reason instanceof Error)) return String(reason);
  if (reason instanceof SyntaxError) return reason.name;
  if (isZodError(reason)) return 'unreadable item';
  const { cause } = reason;
  return `${reason.name}: ${reason.message}${cause instanceof Error ? ` (${cause.name})` : ''}`;
};
