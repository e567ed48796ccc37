import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { isObject, type Store } from '../../lib/scim/index.ts';
import { DirectorySettings } from '../../lib/store/directories/directory-settings.ts';
import { createStore } from '../../lib/store/dynamodb-store.ts';
import { createImporter } from '../../lib/transfer/import-batch.ts';
import { newDirectory, sceneOf } from '../store/scene.ts';
import { TABLE_NAME, useEngine } from '../support/engine.ts';
import { USER } from '../support/local-run.ts';

const engine = useEngine({ stream: false });

test('a user created by another request between the look-up and the POST is replaced, not refused', async () => {
  const directory = newDirectory();
  const store = createStore({ client: engine(), tableName: TABLE_NAME });
  const rival: { id?: string } = {};
  const racing: Store = {
    ...store,
    create: async (scope, draft) => {
      rival.id = (await sceneOf(store, directory).createUser({ userName: 'ann' })).id;
      return store.create(scope, draft);
    },
  };
  const caller = {
    directory: DirectorySettings.parse({ id: directory }),
    actor: { kind: 'admin' },
    reason: 'import',
    deadline: Date.now() + 25_000,
  } as const;
  const line = { schemas: [USER], externalId: 'x', userName: 'Ann', title: 'New' };
  const importer = createImporter(racing, (error) => expect.unreachable(String(error)));
  const options = { keepIds: false, dryRun: false };
  const results = await importer.importResources({ lines: [JSON.stringify(line)], caller, options });
  expect(results).toEqual([{ line: 1, outcome: 'updated', id: rival.id }]);

  // A real conflict is still refused: with --keep-ids, a name that belongs to another id.
  const kept = JSON.stringify({ ...line, id: randomUUID(), userName: 'bea' });
  await sceneOf(store, directory).createUser({ userName: 'bea' });
  const [refused] = await createImporter(store, () => undefined).importResources({
    lines: [kept],
    caller,
    options: { ...options, keepIds: true },
  });
  expect(isObject(refused) && refused.status).toBe(409);
});
