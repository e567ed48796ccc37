/**
 * `npm run check:orphans`: scans the table and prints what fits with nothing. Without options, the table of the local
 * run. Exit 0: nothing; 1: a line for each orphan, the first fifty; 2: it could not be found out.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { TABLE_NAME } from '../../lib/local/function-environment.ts';
import { ScimError } from '../../lib/scim/index.ts';
import { findOrphans, toSummary } from './find-orphans.ts';

// A notice of the SDK for its own developers, amid the figures.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const USAGE = `npm run check:orphans -- [--data DIR | --endpoint URL [--table NAME] | [--table NAME | --stack NAME] [--region R]]

Scans the whole table and prints what fits with nothing: memberships that only one side knows, claims, look-ups and
places in lists and orders of nobody, those that are missing, counts that disagree, what should have been swept, and
items of directories that do not exist. Exit 0: there is none; 1: there are; 2: it could not be found out.

  --data DIR      the data folder of a local run that is going, default .rollcall
  --endpoint URL  a DynamoDB-compatible server
  --table NAME    default ${TABLE_NAME}; without --endpoint, a table in the AWS account that the environment names
  --stack NAME    the table of a CloudFormation stack
  --region R      its region, default that of the environment

  npm run check:orphans
  npm run check:orphans -- --data /tmp/run
  npm run check:orphans -- --endpoint http://127.0.0.1:8000 --table rollcall
  AWS_PROFILE=prod npm run check:orphans -- --stack Rollcall --region eu-central-1
`;

/** Something that keeps the check from being made. */
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
    throw new CannotCheck(`${messageOf(error)} (--help says more)`);
  }
};

const readRun = async (data: string): Promise<Place> => {
  const file = join(data, 'run.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CannotCheck(
      `no local run in ${data}: npm start, or say --data (or ROLLCALL_DATA), --endpoint or --table (--help says more)`,
    );
  });
  try {
    return Run.parse(JSON.parse(text)).dynamodb;
  } catch {
    throw new CannotCheck(`${file} does not say where its DynamoDB is: start the local run again`);
  }
};

/** Loaded only when it is asked for: the SDK takes half a second. */
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
  const ways = [data, stack, endpoint ?? table].filter((way) => way !== undefined);
  if (ways.length > 1) throw new CannotCheck('say one of --data, --stack, and --endpoint or --table');
  if (endpoint !== undefined) {
    if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol))
      throw new CannotCheck(`--endpoint takes an http or https URL, not ${JSON.stringify(endpoint)}`);
    return { endpoint, tableName: table ?? TABLE_NAME };
  }
  if (table !== undefined) return { tableName: table };
  if (stack !== undefined) return readStack(stack);
  if (region !== undefined) throw new CannotCheck('--region goes with --table or --stack');
  return readRun(data ?? process.env.ROLLCALL_DATA ?? '.rollcall');
};

/** A server that is not AWS's takes any key, and must not be given one of the developer's. */
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
    if (report.orphans > report.lines.length) console.log(`and more: ${report.lines.length} lines are shown`);
    console.log(toSummary(report));
    return report.orphans === 0 ? 0 : 1;
  } catch (error) {
    const cause = error instanceof ScimError && error.cause !== undefined ? error.cause : error;
    throw new CannotCheck(`the table ${place.tableName} cannot be read: ${messageOf(cause)}`, { cause: error });
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
