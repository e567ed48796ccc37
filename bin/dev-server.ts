/** `npm start`: the whole product on this machine, without an AWS account. Wiring only. */
import { Console } from 'node:console';
import { inspect } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { STAGE, VERSION_SEGMENT } from '../lib/lambda/routes.ts';
import { toEventLine, toJsonLine, toPage } from '../lib/local/announce.ts';
import { serveAwsJson } from '../lib/local/aws-json.ts';
import { type DataFolder, openDataFolder } from '../lib/local/data-folder.ts';
import { openDirectories } from '../lib/local/directories.ts';
import { startEngine } from '../lib/local/engine.ts';
import { createEventBridge, type DeliveredEvent, isArchived } from '../lib/local/event-bridge.ts';
import { createForwarder } from '../lib/local/forward.ts';
import { setFunctionEnvironment, TABLE_NAME } from '../lib/local/function-environment.ts';
import { createGateway } from '../lib/local/gateway/gateway.ts';
import { openPort } from '../lib/local/gateway/server.ts';
import { LocalRunError } from '../lib/local/local-run-error.ts';
import { helpFor, type Options, parseOptions } from '../lib/local/options.ts';
import { createReplays } from '../lib/local/replays.ts';
import { serveFailureBucket } from '../lib/local/s3.ts';
import { startSchedule } from '../lib/local/schedule.ts';
import { createSecretsManager, Secrets } from '../lib/local/secrets-manager.ts';
import { DEMO_DIRECTORIES, readSettings } from '../lib/local/settings-file.ts';
import { createEnding, endWithSignalOrParent, type Shutdown } from '../lib/local/shutdown.ts';
import { pollStream } from '../lib/local/stream.ts';
import { StreamPosition } from '../lib/local/stream-reader.ts';
import { openTable } from '../lib/local/table.ts';

const EVENTS_FILE = 'events.ndjson';
const FAILED_FILE = 'failed-records.ndjson';
const SECRETS_FILE = 'secrets.json';
const POSITION_FILE = 'stream-position.json';
/** Where `scim`, `check:events` and `check:orphans` find the run of a data folder. */
const RUN_FILE = 'run.json';

/** Another DynamoDB-compatible server, when one is named, or the embedded engine. @returns its endpoint */
const openDatabase = async (folder: DataFolder, ending: Shutdown): Promise<string> => {
  const other = process.env.DYNAMODB_ENDPOINT;
  if (other !== undefined && other !== '') return other;
  const engine = await startEngine(folder.database);
  ending.later(engine.stop);
  void engine.exited.then(() => ending.end(1, 'The DynamoDB engine has ended, so this run ends too.'));
  return engine.endpoint;
};

/** Stand-ins for AWS, and the environment in which the functions find them. @returns the table, and the ARN of its stream */
const openBackend = async (folder: DataFolder, ending: Shutdown, receive: (event: DeliveredEvent) => void) => {
  const dynamodb = await openDatabase(folder, ending);
  const secrets = await serveAwsJson(
    createSecretsManager(folder.read(SECRETS_FILE, Secrets) ?? [], (all) => folder.write(SECRETS_FILE, all)),
  );
  const replays = createReplays({
    eventsFile: folder.pathOf(EVENTS_FILE),
    handler: async (event) => (await import('../functions/replay.ts')).handler(event),
  });
  const bus = await serveAwsJson({ ...createEventBridge(receive), ...replays });
  const failureBucket = await serveFailureBucket(folder.pathOf(FAILED_FILE));
  ending.later(secrets.close);
  ending.later(bus.close);
  ending.later(failureBucket.close);
  setFunctionEnvironment(process.env, {
    dynamodb,
    secretsManager: secrets.endpoint,
    eventBridge: bus.endpoint,
    failureBucket: failureBucket.endpoint,
  });
  const client = new DynamoDBClient();
  try {
    return { dynamodb: { endpoint: dynamodb, tableName: TABLE_NAME }, streamArn: await openTable(client, TABLE_NAME) };
  } catch (error) {
    if (error instanceof LocalRunError) throw error;
    throw new LocalRunError(`DynamoDB at ${dynamodb} does not answer as it should (${error}).`, { cause: error });
  } finally {
    client.destroy();
  }
};

/** The functions read the environment when they are loaded: not before it is set. */
const loadFunctions = async () => {
  const [users, groups, discovery, admin, events, authorizer, lifecycleEvents, sweep, tokenExpiry] = await Promise.all([
    import('../functions/users.ts'),
    import('../functions/groups.ts'),
    import('../functions/discovery.ts'),
    import('../functions/admin.ts'),
    import('../functions/events.ts'),
    import('../functions/authorizer.ts'),
    import('../functions/lifecycle-events.ts'),
    import('../functions/clean-up.ts'),
    import('../functions/token-expiry.ts'),
  ]);
  return {
    handlers: {
      users: users.handler,
      groups: groups.handler,
      discovery: discovery.handler,
      admin: admin.handler,
      events: events.handler,
    },
    authorizer: authorizer.handler,
    lifecycleEvents: lifecycleEvents.handler,
    sweep: sweep.handler,
    tokenExpiry: tokenExpiry.handler,
  };
};

const start = async ({ port: wantedPort, data, json, settings, forward: forwardTo }: Options, ending: Shutdown) => {
  const wanted = settings === undefined ? DEMO_DIRECTORIES : readSettings(settings);
  const folder = await openDataFolder(data);
  ending.later(folder.close);
  // Before anything is written or started: a busy port is the likeliest failure.
  const port = await openPort(wantedPort);

  const forwarder = forwardTo === undefined ? undefined : createForwarder({ url: forwardTo, folder });
  if (forwarder !== undefined) ending.later(forwarder.stop);
  const { dynamodb, streamArn } = await openBackend(folder, ending, (event) => {
    if (isArchived(event)) folder.append(EVENTS_FILE, event);
    forwarder?.forward(event);
    if (!json) process.stdout.write(`${toEventLine(event)}\n`);
  });
  const { lifecycleEvents, sweep, tokenExpiry, ...api } = await loadFunctions();
  const stream = pollStream({
    client: new DynamoDBStreamsClient(),
    streamArn,
    handler: lifecycleEvents,
    position: folder.read(POSITION_FILE, StreamPosition),
    savePosition: (position) => folder.write(POSITION_FILE, position),
    park: (event) => {
      folder.append(FAILED_FILE, event);
      console.error(`A change could not become an event: see ${folder.pathOf(FAILED_FILE)}.`);
    },
  });
  ending.later(stream.stop);

  ending.later(startSchedule({ name: 'clean-up', seconds: 60, handler: sweep }));
  ending.later(startSchedule({ name: 'token-expiry', seconds: 60 * 60, handler: tokenExpiry }));
  const gateway = createGateway(api);
  port.serve((request, response) => {
    if (request.method !== 'GET') response.once('finish', stream.nudge);
    gateway(request, response);
  });
  ending.later(port.close);

  const origin = `http://127.0.0.1:${port.port}`;
  const directories = await openDirectories({
    origin,
    folder,
    wanted,
    existed: (id) => {
      if (settings !== undefined) console.error(`The directory ${id} is there already: its settings stay as they are.`);
    },
  });
  const baseUrl = `${origin}/${STAGE}/${VERSION_SEGMENT}`;
  folder.touch(EVENTS_FILE);
  folder.write(RUN_FILE, { baseUrl, pid: process.pid, dynamodb });
  ending.later(() => folder.remove(RUN_FILE));
  const announcement = {
    baseUrl,
    directories,
    eventsFile: folder.pathOf(EVENTS_FILE),
    runFolder: folder.path,
    dataFolder: data,
    forward: forwarder,
  };
  process.stdout.write(json ? `${toJsonLine(announcement)}\n` : toPage(announcement));
};

// Names of people lie in the data folder.
process.umask(0o077);
// Standard output is for the announcement and the events: what the functions log goes to standard error.
globalThis.console = new Console(process.stderr, process.stderr);
// Whoever started us may have stopped reading.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

const ending = createEnding((code) => process.exit(code));
const fail = (error: unknown) =>
  ending.end(1, error instanceof LocalRunError ? error.message : `The local run failed. ${inspect(error)}`);
endWithSignalOrParent(ending);
process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (error) => void fail(error));
try {
  const args = process.argv.slice(2);
  const help = helpFor(args);
  if (help === undefined) await start(parseOptions(args), ending);
  else {
    process.stdout.write(help);
    await ending.end(0);
  }
} catch (error) {
  await fail(error);
}
