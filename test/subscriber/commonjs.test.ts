import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { expect, onTestFinished, test } from 'vitest';

const FOLDER = 'lib/subscriber';

test('the files to copy compile in a CommonJS project, in strict mode, with typed users and groups', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-commonjs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = readdirSync(FOLDER);
  for (const file of files) copyFileSync(join(FOLDER, file), join(folder, file));
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
  writeFileSync(
    join(folder, 'use.ts'),
    `import type { LifecycleEvent, LifecycleEvents } from './lifecycle-events';
     import { applyEvent } from './apply-event';
     export const row = (event: LifecycleEvents['user.created']) => applyEvent(undefined, event);
     export const mail = (event: LifecycleEvent): string | undefined =>
       event.type === 'user.created' ? event.user.emails?.find(({ primary }) => primary)?.value : undefined;
     // @ts-expect-error: active is a boolean
     export const wrong = (event: LifecycleEvents['user.updated']): string | undefined => event.user.active;
     export const department = (event: LifecycleEvents['user.updated']): string | undefined =>
       event.user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User']?.department;
    `,
  );
  const program = ts.createProgram(
    [...files, 'use.ts'].map((file) => join(folder, file)),
    {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      typeRoots: [resolve('node_modules/@types')],
      types: ['node'],
    },
  );
  const messages = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText, file }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  expect(messages).toEqual([]);
});
