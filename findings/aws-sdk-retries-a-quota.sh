#!/usr/bin/env bash
# Library: @aws-sdk/client-secrets-manager 3.1162.0 (npm)
# Good guess: LimitExceededException of Secrets Manager, "the request failed because it would exceed one of the Secrets
#   Manager quotas" (status 400; a secret takes 100 versions within 24 hours), is returned at once: a repeat within
#   seconds cannot succeed, and the model does not mark the error as retryable.
# Seen: the SDK treats the name as throttling, as for services where it means that. It sends the request three times and
#   waits between them like after throttling, one to two seconds in all, before the caller learns of the quota.
#   ResourceExistsException, for comparison, is sent once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @aws-sdk/client-secrets-manager@3.1162.0
cat >check.mjs <<'END'
import { createServer } from 'node:http';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const callsUntil = async (name) => {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    calls += 1;
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': name });
    response.end(JSON.stringify({ __type: name, Message: 'refused' }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const client = new SecretsManagerClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${server.address().port}`,
    credentials: { accessKeyId: 'example', secretAccessKey: 'example' },
  });
  const error = await client
    .send(new PutSecretValueCommand({ SecretId: 'example', SecretString: '{}' }))
    .catch((refusal) => refusal);
  console.log(`${error.name}: ${calls} calls, ${error.$metadata.totalRetryDelay} ms of waiting`);
  client.destroy();
  server.close();
  return calls;
};
const quota = await callsUntil('LimitExceededException');
const other = await callsUntil('ResourceExistsException');
process.exit(quota === 3 && other === 1 ? 0 : 1);
END
AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true node check.mjs
