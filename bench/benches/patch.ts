/** PATCH: Entra ID's update of a user, five operations parsed and applied, compared with scim-patch and scimmy. */
import { deepStrictEqual } from 'node:assert';
import { patchBodyValidation, scimPatch } from 'scim-patch';
import SCIMMY from 'scimmy';
import type { JsonObject } from '../../lib/scim/json/json.ts';
import type { Bench, Row } from '../bench.ts';
import { type Contestant, interleave } from '../interleave.ts';
import { core } from '../shipped-core.ts';
import { ENTERPRISE_URN, PATCH_OP_URN, USER_URN } from '../urns.ts';
import { userAttributes } from '../users.ts';

const request = {
  schemas: [PATCH_OP_URN],
  Operations: [
    { op: 'Replace', path: 'emails[type eq "work"].value', value: 'ann.b@example.com' },
    { op: 'Replace', path: 'name.familyName', value: 'brown' },
    { op: 'Add', path: `${ENTERPRISE_URN}:department`, value: 'board' },
    { op: 'Add', path: 'nickName', value: 'annie' },
    { op: 'Replace', path: 'active', value: false },
  ],
};
const before = userAttributes(1);
const wholeBefore: JsonObject = { schemas: [USER_URN, ENTERPRISE_URN], id: 'u1', ...before };

SCIMMY.Schemas.User.definition.extend(SCIMMY.Schemas.EnterpriseUser.definition);
const instance = new SCIMMY.Schemas.User(wholeBefore, 'in');

type Apply = () => object | Promise<object>;
const contestants: Readonly<Record<string, Apply>> = {
  rollcall: () => {
    const { tolerate } = core.createTolerance('tolerant');
    const operations = core.readPatchRequest(request, tolerate);
    return core.applyPatch(before, operations, { type: core.userType, tolerate, membersBefore: [] }).attributes;
  },
  'scim-patch': () => {
    patchBodyValidation(request);
    // Without mutation, like ours: the stored user must not change unless all operations succeed.
    return scimPatch(wholeBefore, request.Operations, { mutateDocument: false, treatMissingAsAdd: true });
  },
  scimmy: () => new SCIMMY.Messages.PatchOp(request).apply(instance, async (patched) => patched),
};

/** Reduces a user to the attributes that a client wrote, with sorted names. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !['schemas', 'id', 'meta'].includes(name));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, canonical(one)]));
};
const outcomeOf = async (apply: Apply): Promise<unknown> => canonical(JSON.parse(JSON.stringify(await apply())));

const repeat =
  (apply: Apply): Contestant =>
  async (times) => {
    for (let i = 0; i < times; i++) {
      const patched = apply();
      if (patched instanceof Promise) await patched;
    }
  };

const run = async (): Promise<readonly Row[]> => {
  const wanted = {
    ...before,
    emails: [{ value: 'ann.b@example.com', type: 'work', primary: true }, ...(before.emails as object[]).slice(1)],
    name: { ...(before.name as object), familyName: 'brown' },
    nickName: 'annie',
    active: false,
    [ENTERPRISE_URN]: { ...(before[ENTERPRISE_URN] as object), department: 'board' },
  };
  for (const [name, apply] of Object.entries(contestants))
    deepStrictEqual(await outcomeOf(apply), canonical(wanted), name);
  const times = await interleave(
    Object.fromEntries(Object.entries(contestants).map(([name, apply]) => [name, repeat(apply)])),
  );
  const rivals = Object.keys(contestants).slice(1);
  return [
    ...Object.keys(contestants).map((name): Row => ({ what: name, value: times.median(name), unit: 'µs' })),
    ...rivals.map(
      (name): Row => ({
        what: `${name} / rollcall`,
        value: times.ratio(name, 'rollcall'),
        unit: 'x',
        bar: { atLeast: 3 },
      }),
    ),
  ];
};

export const bench: Bench = {
  title:
    "PATCH, Entra ID's five operations on a user, parsed and applied: time of other libraries as a multiple of ours",
  run,
};
