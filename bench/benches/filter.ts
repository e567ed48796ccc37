/** Filters: parsed, bound and evaluated over 1,000 users, compared with scimmy and scim2-parse-filter. */
import { deepStrictEqual } from 'node:assert';
import * as rival from 'scim2-parse-filter';
import SCIMMY from 'scimmy';
import type { JsonObject } from '../../lib/scim/json/json.ts';
import type { Bench, Row } from '../bench.ts';
import { interleave } from '../interleave.ts';
import { core } from '../shipped-core.ts';
import { userRepresentation } from '../users.ts';

const USERS = 1000;

/** Filters that all three support, in the letter case of the data, because the other two compare case-sensitively. */
const FILTERS = [
  'userName eq "user500@example.com"',
  'externalId eq "e-999"',
  'userName sw "user7"',
  'emails.value ew "9@example.com"',
  'title co "engineer" and active eq true',
  'userType ne "employee" or name.familyName eq "family42"',
  'meta.lastModified gt "2026-06-15T00:00:00.000Z"',
  'emails[type eq "work" and value co "77"]',
  'nickName pr and (locale eq "en-US" and timezone sw "Europe")',
];

type Answer = (text: string, users: readonly JsonObject[]) => readonly JsonObject[];

const answers: Readonly<Record<string, Answer>> = {
  rollcall: (text, users) => {
    const { tolerate } = core.createTolerance('rfc');
    return users.filter(core.compileFilter(core.bindFilter(core.parseFilter(text), core.userType, tolerate)));
  },
  scimmy: (text, users) => new SCIMMY.Types.Filter(text).match(users),
  'scim2-parse-filter': (text, users) => users.filter(rival.filter(rival.parse(text))),
};

const run = async (): Promise<readonly Row[]> => {
  const users = Array.from({ length: USERS }, (_, i) => userRepresentation(i));
  const rows: Row[] = [];
  const totals = new Map<string, number>();
  for (const text of FILTERS) {
    const wanted = answers.rollcall?.(text, users).map(({ id }) => id);
    for (const [name, answer] of Object.entries(answers))
      deepStrictEqual(
        answer(text, users).map(({ id }) => id),
        wanted,
        `${name}: ${text}`,
      );
    const times = await interleave(
      Object.fromEntries(
        Object.entries(answers).map(([name, answer]) => [
          name,
          (count) => {
            for (let i = 0; i < count; i++) answer(text, users);
          },
        ]),
      ),
    );
    for (const name of Object.keys(answers)) {
      totals.set(name, (totals.get(name) ?? 0) + times.median(name));
    }
    for (const name of Object.keys(answers).slice(1))
      rows.push({ what: `${text}: ${name} / rollcall`, value: times.ratio(name, 'rollcall'), unit: 'x' });
  }
  const ours = totals.get('rollcall') ?? Number.NaN;
  return [
    ...rows,
    { what: `rollcall, ${FILTERS.length} filters`, value: ours, unit: 'µs' },
    ...[...totals].slice(1).map(
      ([name, theirs]): Row => ({
        what: `${name} / rollcall`,
        value: theirs / ours,
        unit: 'x',
        bar: { atLeast: 3 },
      }),
    ),
  ];
};

export const bench: Bench = {
  title: `Filters, parsed and evaluated over ${USERS} users: time of other libraries as a multiple of ours`,
  run,
};
