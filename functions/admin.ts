/** The admin API, protected by AWS IAM; in the local run it listens on loopback only. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { createAdmin } from '../lib/admin/admin.ts';
import { createAdminHandlers } from '../lib/admin/admin-api.ts';
import type { Report } from '../lib/admin/admin-error.ts';
import { operations } from '../lib/admin/operations.ts';
import { createReadResources } from '../lib/admin/resources.ts';
import { createRouter } from '../lib/admin/router.ts';
import { createTransferHandlers } from '../lib/admin/transfer-api.ts';
import { transferOperations } from '../lib/admin/transfer-operations.ts';
import { fromAdminAnswer, toAdminRequest } from '../lib/lambda/admin-request.ts';
import { parseEnvironment } from '../lib/lambda/environment.ts';
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
  const directories = createDirectories(table);
  const admin = createAdmin({
    directories,
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
  const readResources = createReadResources({
    serve: createServiceProvider(() => store),
    workSeconds: WORK_SECONDS,
    cursorKey: directories.cursorKey,
  });
  const readMembers = createReadMembers(table);
  const handlers = {
    ...createAdminHandlers(admin, readResources),
    ...createTransferHandlers({ readDirectory: admin.readLiveDirectory, store, readMembers, report }),
  };
  return createRouter({ ...operations, ...transferOperations }, handlers, report);
};

export const handler = async (event: APIGatewayProxyEvent, _context: Context): Promise<APIGatewayProxyResult> => {
  const request = toAdminRequest(event, { scheme, seconds: WORK_SECONDS });
  return fromAdminAnswer(await openApi(request.deadline)(request));
};
