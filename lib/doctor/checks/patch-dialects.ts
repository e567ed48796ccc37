/** Checks of the PATCH operations that Entra ID sends; most of them go beyond the RFC. */
import { ENTERPRISE } from '../../scim-client/scim-messages.ts';
import type { Audience, Check, Grade } from '../check.ts';
import type { CheckContext, CheckResponse } from '../check-context.ts';
import { expectPatched, expectUnassigned, expectValue } from '../expect.ts';

type Dialect = {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly grade?: Grade;
  readonly audience?: readonly Audience[];
  readonly user?: object;
  readonly operations: readonly object[];
  /** Checks the user after the operations. @returns a description of the observed behavior */
  readonly expect: (after: CheckResponse) => string;
};

const MANAGER = [ENTERPRISE, 'manager', 'value'];
const expectPathValue =
  (path: readonly (string | number)[], value: unknown) =>
  (after: CheckResponse): string => {
    expectValue(after, path, value);
    return `${path.at(-1)} is ${JSON.stringify(value)}`;
  };
const expectNoManager = (after: CheckResponse): string => {
  expectUnassigned(after, MANAGER);
  return 'removed';
};

const dialects: readonly Dialect[] = [
  {
    id: 'entra.operation-case',
    title: 'capitalized operations: Add, Replace, Remove',
    source: 'Entra ID without aadOptscim062020',
    user: { nickName: 'N' },
    operations: [
      { op: 'Replace', path: 'displayName', value: 'D' },
      { op: 'Add', path: 'title', value: 'T' },
      { op: 'Remove', path: 'nickName' },
    ],
    expect: (after) => {
      expectValue(after, ['displayName'], 'D');
      expectUnassigned(after, ['nickName']);
      return expectPathValue(['title'], 'T')(after);
    },
  },
  {
    id: 'entra.boolean-string',
    title: 'the string "False" disables a user',
    source: 'Entra ID without aadOptscim062020',
    operations: [{ op: 'Replace', path: 'active', value: 'False' }],
    expect: expectPathValue(['active'], false),
  },
  {
    id: 'entra.create-on-miss',
    title: 'replace of emails[type eq "work"].value creates the missing address',
    source: 'Entra ID (RFC 7644 section 3.5.2.3 requires an error)',
    operations: [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'w@example.com' }],
    expect: (after) => {
      expectValue(after, ['emails', 0, 'type'], 'work');
      return expectPathValue(['emails', 0, 'value'], 'w@example.com')(after);
    },
  },
  {
    id: 'entra.add-on-miss',
    title: 'add of phoneNumbers[type eq "mobile"].value creates the missing number',
    source: 'Entra ID',
    operations: [{ op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '55-0101' }],
    expect: expectPathValue(['phoneNumbers', 0, 'value'], '55-0101'),
  },
  {
    id: 'patch.add-means-replace',
    title: 'add to a single-valued attribute with a value overwrites it',
    source: 'RFC 7644 section 3.5.2.1; Entra ID',
    audience: ['rfc'],
    user: { title: 'before' },
    operations: [{ op: 'add', path: 'title', value: 'after' }],
    expect: expectPathValue(['title'], 'after'),
  },
  {
    id: 'patch.extension-path',
    title: 'a path into the enterprise extension',
    source: 'RFC 7644 section 3.10; Entra ID',
    audience: ['rfc'],
    operations: [{ op: 'add', path: `${ENTERPRISE}:department`, value: 'R&D' }],
    expect: expectPathValue([ENTERPRISE, 'department'], 'R&D'),
  },
  {
    id: 'entra.manager-string',
    title: 'manager as a plain string',
    source: 'Entra ID, references; Entra SCIM validator 12',
    operations: [{ op: 'Add', path: `${ENTERPRISE}:manager`, value: 'doctor-m1' }],
    expect: expectPathValue(MANAGER, 'doctor-m1'),
  },
  {
    id: 'entra.manager-object',
    title: 'manager as an object, not necessarily a known user',
    source: 'RFC 7643 section 4.3; Entra SCIM validator 13',
    operations: [{ op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: 'doctor-m2' } }],
    expect: expectPathValue(MANAGER, 'doctor-m2'),
  },
  {
    id: 'patch.remove-manager',
    title: 'remove removes the manager',
    source: 'RFC 7644 section 3.5.2.2; Entra SCIM validator 14',
    audience: ['rfc'],
    user: { [ENTERPRISE]: { manager: { value: 'doctor-m3' } } },
    operations: [{ op: 'remove', path: `${ENTERPRISE}:manager` }],
    expect: expectNoManager,
  },
  {
    id: 'entra.manager-empty',
    title: 'an empty value removes the manager',
    source: 'Entra SCIM validator 14',
    user: { [ENTERPRISE]: { manager: { value: 'doctor-m4' } } },
    operations: [{ op: 'replace', path: `${ENTERPRISE}:manager`, value: { value: '' } }],
    expect: expectNoManager,
  },
  {
    id: 'entra.flag-keys',
    title: 'replace without path, with paths as keys of the value',
    source: 'Entra ID with aadOptscim062020',
    grade: 'should',
    operations: [
      { op: 'replace', value: { displayName: 'D', 'name.givenName': 'G', [`${ENTERPRISE}:employeeNumber`]: '77' } },
    ],
    expect: (after) => {
      expectValue(after, ['displayName'], 'D');
      expectValue(after, [ENTERPRISE, 'employeeNumber'], '77');
      return expectPathValue(['name', 'givenName'], 'G')(after);
    },
  },
  {
    id: 'entra.sub-attribute-case',
    title: 'capitalized sub-attributes: emails[type eq "other"].Value',
    source: 'RFC 7643 section 2.1; Entra ID, mapping table',
    operations: [{ op: 'Add', path: 'emails[type eq "other"].Value', value: 'o@example.com' }],
    expect: expectPathValue(['emails', 0, 'value'], 'o@example.com'),
  },
  {
    id: 'entra.wrapped-value',
    title: 'a single value in an array: [{"$ref": null, "value": "x"}]',
    source: 'Entra ID, older form',
    grade: 'should',
    operations: [{ op: 'Add', path: 'displayName', value: [{ $ref: null, value: 'W' }] }],
    expect: expectPathValue(['displayName'], 'W'),
  },
];

const runDialect =
  ({ user = {}, operations, expect }: Dialect) =>
  async ({ createUser, patch, read }: CheckContext): Promise<string> => {
    const created = await createUser(user);
    expectPatched(await patch(created, ...operations));
    return expect(await read(created));
  };

export const patchDialects: readonly Check[] = dialects.map((dialect) => {
  const { id, title, source, grade = 'must', audience = ['entra'] } = dialect;
  return { id, title, source, grade, audience, run: runDialect(dialect) };
});
