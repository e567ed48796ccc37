/**
 * `npm run check:orphans`: scans a table for orphaned items, by default the table of the local run. Exit code 0: no
 * orphans; 1: one line for each of the first 50 orphans; 2: the check could not run.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { TABLE_NAME } from '../../lib/local/function-environment.ts';
import { ScimError } from '../../lib/scim/index.ts';
import { findOrphans, toSummary } from './find-orphans.ts';

// Keeps the SDK's notice about Node.js versions out of the output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const USAGE = `npm run check:orphans -- [--data DIR | --endpoint URL [--table NAME] | [--table NAME | --stack NAME] [--region R]]

Scan the whole table for orphaned items: memberships stored on one side only, claims, lookups, list and sort entries that
are missing or have no owner, wrong counts, overdue cleanups, and items of nonexistent directories.
Exit code 0: no orphans; 1: orphans found; 2: the check could not run

  --data DIR      data folder of a running local run, default .rollcall
  --endpoint URL  DynamoDB-compatible server
  --table NAME    table name, default ${TABLE_NAME}; without --endpoint, a table in the environment's AWS account
  --stack NAME    CloudFormation stack of the table
  --region R      AWS region of the table or stack, default from the environment

  npm run check:orphans
  npm run check:orphans -- --data /tmp/run
  npm run check:orphans -- --endpoint http://127.0.0.1:8000 --table rollcall
  AWS_PROFILE=prod npm run check:orphans -- --stack Rollcall --region eu-central-1
`;

/** The check cannot run. */
class CannotCheck extends Error {}

const Run = z.object({ dynamodb: z.object({ endpoint: z.url(), tableName: z.string() }) });
type Options = ReturnType<typeof readOptions>;
type Place = { readonly tableName: string; readonly endpoint?: string };

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const readOptions = () => {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      options: { data: text, endpoint: text, table: text, stack: text, region: text, help: { type: 'boolean' } },
    });
    return values;
  } catch (error) {
    throw new CannotCheck(`${messageOf(error)} (see --help)`);
  }
};

const readRun = async (data: string): Promise<Place> => {
  const file = join(data, 'run.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CannotCheck(
      `no local run in ${data}: run npm start, or pass --data (or ROLLCALL_DATA), --endpoint or --table (see --help)`,
    );
  });
  try {
    return Run.parse(JSON.parse(text)).dynamodb;
  } catch {
    throw new CannotCheck(`${file} has no DynamoDB endpoint: restart the local run`);
  }
};

/** Imports the SDK on demand, because loading it takes half a second. */
const readStack = async (stack: string): Promise<Place> => {
  const { readStackOutputs } = await import('../../lib/cli/aws-deployment.ts');
  const outputs = await readStackOutputs(stack).catch((error: unknown) => {
    throw new CannotCheck(messageOf(error));
  });
  const tableName = outputs.get('TableName');
  if (tableName === undefined) throw new CannotCheck(`the stack ${stack} has no output TableName: is it Rollcall's?`);
  return { tableName };
};

const findTable = (options: Options): Promise<Place> | Place => {
  const { data, endpoint, table, stack, region } = options;
  const sources = [data, stack, endpoint ?? table].filter((source) => source !== undefined);
  if (sources.length > 1) throw new CannotCheck('Pass only one of --data, --stack, and --endpoint or --table');
  if (endpoint !== undefined) {
    if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
      throw new CannotCheck(`--endpoint must be an http or https URL, not ${JSON.stringify(endpoint)}`);
    return { endpoint, tableName: table ?? TABLE_NAME };
  }
  if (table !== undefined) return { tableName: table };
  if (stack !== undefined) return readStack(stack);
  if (region !== undefined) throw new CannotCheck('--region requires --table or --stack');
  return readRun(data ?? process.env.ROLLCALL_DATA ?? '.rollcall');
};

/** A server other than AWS accepts any key, and must not receive the developer's. */
const openClient = ({ endpoint }: Place): DynamoDBClient =>
  endpoint === undefined
    ? new DynamoDBClient()
    : new DynamoDBClient({
        endpoint,
        region: 'local',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });

const progress = (items: number) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${items} items  `);
};

const check = async (place: Place): Promise<number> => {
  const client = openClient(place);
  try {
    const report = await findOrphans({ client, tableName: place.tableName, progress });
    if (process.stderr.isTTY) process.stderr.write('\r');
    for (const line of report.lines) console.log(line);
    if (report.orphans > report.lines.length) console.log(`and ${report.orphans - report.lines.length} more`);
    console.log(toSummary(report));
    return report.orphans === 0 ? 0 : 1;
  } catch (error) {
    const cause = error instanceof ScimError && error.cause !== undefined ? error.cause : error;
    throw new CannotCheck(`Cannot read table ${place.tableName}: ${messageOf(cause)}`, { cause: error });
  } finally {
    client.destroy();
  }
};

const run = async (): Promise<number> => {
  const options = readOptions();
  if (options.region !== undefined) process.env.AWS_REGION = options.region;
  if (options.help !== true) return check(await findTable(options));
  console.log(USAGE);
  return 0;
};

process.exitCode = await run().catch((error: unknown) => {
  console.error(error instanceof CannotCheck ? error.message.replaceAll(/\s+/g, ' ') : error);
  return 2;
});
