/** `npm start`: runs the whole product locally, without an AWS account. Wiring only. */
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
import { openEventFile } from '../lib/local/event-file.ts';
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
import { createShutdown, endWithSignalOrParent, type Shutdown } from '../lib/local/shutdown.ts';
import { pollStream } from '../lib/local/stream.ts';
import { StreamPosition } from '../lib/local/stream-reader.ts';
import { openTable } from '../lib/local/table.ts';

const EVENTS_FILE = 'events.ndjson';
const FAILED_FILE = 'failed-records.ndjson';
const SECRETS_FILE = 'secrets.json';
const POSITION_FILE = 'stream-position.json';
/** Where `scim` and `check:events` find the run of a data folder. */
const RUN_FILE = 'run.json';

/** Starts the embedded engine, unless DYNAMODB_ENDPOINT names another server. @returns the endpoint */
const openDatabase = async (folder: DataFolder, shutdown: Shutdown): Promise<string> => {
  const external = process.env.DYNAMODB_ENDPOINT;
  if (external !== undefined && external !== '') return external;
  const published = folder.read(POSITION_FILE, StreamPosition);
  const engine = await startEngine({ file: folder.database, published });
  shutdown.later(engine.stop);
  void engine.exited.then(() => shutdown.end(1, 'The DynamoDB engine exited unexpectedly, so this run ends too.'));
  return engine.endpoint;
};

/** Starts the local AWS services and points the functions' environment to them. @returns the table, its stream ARN */
const openBackend = async (folder: DataFolder, shutdown: Shutdown, receive: (event: DeliveredEvent) => void) => {
  const dynamodb = await openDatabase(folder, shutdown);
  const secrets = await serveAwsJson(
    createSecretsManager(folder.read(SECRETS_FILE, Secrets) ?? [], (all) => folder.write(SECRETS_FILE, all)),
  );
  const replays = createReplays({
    eventsFile: folder.pathOf(EVENTS_FILE),
    handler: async (event) => (await import('../functions/replay.ts')).handler(event),
  });
  const bus = await serveAwsJson({ ...createEventBridge(receive), ...replays });
  const failureBucket = await serveFailureBucket(folder.pathOf(FAILED_FILE));
  shutdown.later(secrets.close);
  shutdown.later(bus.close);
  shutdown.later(failureBucket.close);
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
    throw new LocalRunError(`Cannot use DynamoDB at ${dynamodb} (${error}): check DYNAMODB_ENDPOINT.`, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
};

/** Loads the functions, which read the environment on import: call it after the environment is set. */
const loadFunctions = async () => {
  const [users, groups, discovery, admin, events, authorizer, lifecycleEvents, sweep, tokenExpiry, tokenCleanUp] =
    await Promise.all([
      import('../functions/users.ts'),
      import('../functions/groups.ts'),
      import('../functions/discovery.ts'),
      import('../functions/admin.ts'),
      import('../functions/events.ts'),
      import('../functions/authorizer.ts'),
      import('../functions/lifecycle-events.ts'),
      import('../functions/clean-up.ts'),
      import('../functions/token-expiry.ts'),
      import('../functions/token-clean-up.ts'),
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
    tokenCleanUp: tokenCleanUp.handler,
  };
};

const start = async ({ port: wantedPort, data, json, settings, forward: forwardTo }: Options, shutdown: Shutdown) => {
  const wanted = settings === undefined ? DEMO_DIRECTORIES : readSettings(settings);
  const folder = await openDataFolder(data);
  shutdown.later(folder.close);
  // Before anything is written or started, because a busy port is the most likely failure.
  const port = await openPort(wantedPort);

  const forwarder = forwardTo === undefined ? undefined : createForwarder({ url: forwardTo, folder });
  if (forwarder !== undefined) shutdown.later(forwarder.stop);
  const eventFile = openEventFile(folder.pathOf(EVENTS_FILE));
  const { dynamodb, streamArn } = await openBackend(folder, shutdown, (event) => {
    if (isArchived(event)) eventFile.append(event);
    forwarder?.forward(event);
    if (!json) process.stdout.write(`${toEventLine(event)}\n`);
  });
  const { lifecycleEvents, sweep, tokenExpiry, tokenCleanUp, ...api } = await loadFunctions();
  const stream = pollStream({
    client: new DynamoDBStreamsClient(),
    streamArn,
    handler: lifecycleEvents,
    position: folder.read(POSITION_FILE, StreamPosition),
    savePosition: (position) => folder.write(POSITION_FILE, position),
    park: (event) => {
      folder.append(FAILED_FILE, event);
      console.error(`A change could not be published as an event: see ${folder.pathOf(FAILED_FILE)}.`);
    },
  });
  shutdown.later(stream.stop);

  shutdown.later(startSchedule({ name: 'clean-up', seconds: 60, handler: sweep }));
  shutdown.later(startSchedule({ name: 'token-expiry', seconds: 60 * 60, handler: tokenExpiry }));
  shutdown.later(startSchedule({ name: 'token-clean-up', seconds: 600, handler: tokenCleanUp }));
  const gateway = createGateway(api);
  port.serve((request, response) => {
    if (request.method !== 'GET') response.once('finish', stream.nudge);
    gateway(request, response);
  });
  shutdown.later(port.close);

  const origin = `http://127.0.0.1:${port.port}`;
  const directories = await openDirectories({
    origin,
    folder,
    wanted,
    existed: (id) => {
      if (settings !== undefined) console.error(`The directory ${id} already exists: its settings are not changed.`);
    },
  });
  const baseUrl = `${origin}/${STAGE}/${VERSION_SEGMENT}`;
  folder.touch(EVENTS_FILE);
  folder.write(RUN_FILE, { baseUrl, pid: process.pid, dynamodb });
  shutdown.later(() => folder.remove(RUN_FILE));
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

// The data folder holds personal data.
process.umask(0o077);
// Standard output is for the announcement and the events; logs of the functions go to standard error.
globalThis.console = new Console(process.stderr, process.stderr);
// The parent process may have stopped reading.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

const shutdown = createShutdown((code) => process.exit(code));
const fail = (error: unknown) =>
  shutdown.end(1, error instanceof LocalRunError ? error.message : `The local run failed: ${inspect(error)}`);
endWithSignalOrParent(shutdown);
process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (error) => void fail(error));
try {
  const args = process.argv.slice(2);
  const help = helpFor(args);
  if (help === undefined) await start(parseOptions(args), shutdown);
  else {
    process.stdout.write(help);
    await shutdown.end(0);
  }
} catch (error) {
  await fail(error);
}
