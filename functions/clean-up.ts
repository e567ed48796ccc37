/** Begins once a minute, one run at a time, and cleans up after requests that did not finish. */
import type { Context, ScheduledEvent } from 'aws-lambda';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import type { CleanUpReport } from '../lib/store/clean-up.ts';
import { createLeasedCleanUp } from '../lib/store/sweep-lease.ts';
import { createTableClient } from '../lib/store/table/client.ts';

const { tableName } = parseEnvironment(['tableName']);
const cleanUp = createLeasedCleanUp({ client: createTableClient(), tableName });

/** Time to finish the step in progress at the deadline. */
const SPARE_MILLISECONDS = 5000;

export async function handler(_event: ScheduledEvent, context: Context): Promise<CleanUpReport> {
  const report = await cleanUp({ deadline: Date.now() + context.getRemainingTimeInMillis() - SPARE_MILLISECONDS });
  if (report.swept + report.left > 0) console.info(JSON.stringify({ message: 'Clean-up.', ...report }));
  return report;
}
