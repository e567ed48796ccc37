/** Once a minute: finishes what requests left behind in the table. */
import type { Context, ScheduledEvent } from 'aws-lambda';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { type CleanUpReport, createCleanUp } from '../lib/store/clean-up.ts';
import { createTableClient } from '../lib/store/table/client.ts';

const { tableName } = parseEnvironment(['tableName']);
const sweep = createCleanUp({ client: createTableClient(), tableName });

/** Time for the step that is under way when the deadline passes. */
const SPARE_MILLISECONDS = 5000;

export async function handler(_event: ScheduledEvent, context: Context): Promise<CleanUpReport> {
  const report = await sweep({ deadline: Date.now() + context.getRemainingTimeInMillis() - SPARE_MILLISECONDS });
  if (report.swept + report.left > 0) console.info(JSON.stringify({ message: 'Swept.', ...report }));
  return report;
}
