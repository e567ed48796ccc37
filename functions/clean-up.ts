/** Runs once a minute and cleans up after requests that did not finish. */
import type { Context, ScheduledEvent } from 'aws-lambda';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { type CleanUpReport, createCleanUp } from '../lib/store/clean-up.ts';
import { createTableClient } from '../lib/store/table/client.ts';

const { tableName } = parseEnvironment(['tableName']);
const cleanUp = createCleanUp({ client: createTableClient(), tableName });

/** Time to finish the step in progress at the deadline. */
const SPARE_MILLISECONDS = 5000;

export async function handler(_event: ScheduledEvent, context: Context): Promise<CleanUpReport> {
  const report = await cleanUp({ deadline: Date.now() + context.getRemainingTimeInMillis() - SPARE_MILLISECONDS });
  if (report.swept + report.left > 0) console.info(JSON.stringify({ message: 'Cleaned up.', ...report }));
  return report;
}
