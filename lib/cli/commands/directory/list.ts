import { DirectoryAnswer } from '../../../admin/directory-messages.ts';
import { defineCommand } from '../../command.ts';
import { adminOptions, connect, printResult } from '../../connection.ts';
import { fieldsAmong, fieldsOption, pageOf, pageOptions, pickFields, toFieldTable, toPageNote } from '../../lists.ts';

const FIELDS = Object.keys(DirectoryAnswer.shape).filter((name) => name !== 'baseUrl');
const COLUMNS = [
  ['ID', 'id'],
  ['NAME', 'name'],
  ['TENANT', 'tenant'],
  ['IDP', 'identityProvider'],
  ['MODE', 'mode'],
  ['STATUS', 'status'],
  ['CREATED', 'createdAt'],
] as const;

export const listDirectories = defineCommand({
  path: ['directory', 'list'],
  summary: 'list all directories',
  description: 'List directories, ordered by id.',
  arguments: {},
  options: { fields: { ...fieldsOption.fields, parse: fieldsAmong(FIELDS) }, ...pageOptions, ...adminOptions },
  examples: [
    'scim directory list',
    'scim directory list --fields id,tenant,status',
    'scim directory list --stack Rollcall --json',
  ],
  async run({ options, streams }) {
    const { fields } = options;
    const all = (await (await connect(options, streams)).listDirectories()).directories;
    const page = pageOf(options, all);
    const note = toPageNote(options, page.length, all.length);
    printResult(options, streams, {
      json: { directories: pickFields(page, fields) },
      text: `${toFieldTable(COLUMNS, page, fields)}${note}`,
    });
  },
});
