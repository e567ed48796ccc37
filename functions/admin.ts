/** The admin API, protected by AWS IAM; in the local run it listens on loopback only. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { createAdmin } from '../lib/admin/admin.ts';
import { createAdminApi } from '../lib/admin/admin-api.ts';
import type { Report } from '../lib/admin/admin-error.ts';
import { createReadResources } from '../lib/admin/resources.ts';
import { withTransfer } from '../lib/admin/transfer-api.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';
import { VERSION_SEGMENT } from '../lib/lambda/routes.ts';
import { DELETION_STEP_SECONDS, SETTLE_SECONDS, TOKEN_WORK_SECONDS, WORK_SECONDS } from '../lib/lambda/times.ts';
import { createServiceProvider } from '../lib/scim/index.ts';
import { createDirectoryDeletion } from '../lib/store/directories/delete-directory.ts';
import { createDirectories } from '../lib/store/directories/directories.ts';
import { createStore } from '../lib/store/dynamodb-store.ts';
import { createReadMembers } from '../lib/store/members/member-pages.ts';
import { createTableClient } from '../lib/store/table/client.ts';
import { startRequest } from '../lib/store/table/request-time.ts';
import { createDeniedTokens } from '../lib/store/tokens/denied-tokens.ts';
import { createTokenNames } from '../lib/store/tokens/token-names.ts';
import { createTokenShards } from '../lib/store/tokens/token-shards.ts';
import { createTokenUse } from '../lib/store/tokens/token-use.ts';
import { createSecretsClient } from '../lib/tokens/secrets-client.ts';
import { createShards } from '../lib/tokens/shard-secret.ts';
import { createTokenStore } from '../lib/tokens/token-store.ts';

const { tableName, tokenSecretPrefix, scheme } = parseEnvironment(['tableName', 'tokenSecretPrefix', 'scheme']);
const client = createTableClient();
const secrets = createSecretsClient();

/** Logs the causes too, because the outermost error is generic. Rollcall's errors never quote a token. */
const report: Report = (error, requestId) => console.error(JSON.stringify({ requestId }), error);

/** The admin API of one request, whose calls to the table share its time. @param deadline milliseconds since 1970 */
const openApi = (deadline: number) => {
  const table = { client, tableName, request: startRequest(deadline) };
  const shardList = createTokenShards(table);
  const admin = createAdmin({
    directories: createDirectories(table),
    deletion: createDirectoryDeletion({ ...table, settleSeconds: SETTLE_SECONDS }),
    tokens: createTokenStore({
      shards: createShards({ client: secrets, prefix: tokenSecretPrefix, leases: shardList }),
      shardList,
      denied: createDeniedTokens(table),
      names: createTokenNames(table),
    }),
    tokenUse: createTokenUse(table),
    stepSeconds: DELETION_STEP_SECONDS,
    workSeconds: TOKEN_WORK_SECONDS,
  });
  const store = createStore(table);
  const readResources = createReadResources({ serve: createServiceProvider(() => store), workSeconds: WORK_SECONDS });
  return withTransfer(
    { readDirectory: admin.readLiveDirectory, store, readMembers: createReadMembers(table), report },
    createAdminApi({ admin, readResources, report }),
  );
};

/** Splits `/scim/admin/directories` at `/admin`. The prefix belongs to the stage or a custom domain. */
const PATH = /^(?<prefix>.*?)\/admin(?<path>\/.*)?$/;

export const handler = async (event: APIGatewayProxyEvent, _context: Context): Promise<APIGatewayProxyResult> => {
  const { domainName, path: fullPath, requestId } = event.requestContext;
  const received = new Map(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const { prefix = '', path = '' } = PATH.exec(fullPath)?.groups ?? {};
  const text = event.body !== null && event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
  const deadline = Date.now() + WORK_SECONDS * 1000;
  const { status, headers, body } = await openApi(deadline)({
    method: event.httpMethod,
    path,
    query: new Map(Object.entries(event.queryStringParameters ?? {}).map(([name, value = '']) => [name, value])),
    body: text ?? undefined,
    contentType: received.get('content-type'),
    deadline,
    baseUrl: `${scheme}://${domainName ?? received.get('host')}${prefix}/${VERSION_SEGMENT}`,
    requestId,
  });
  return { statusCode: status, headers: { ...headers, 'Cache-Control': 'no-store' }, body };
};
