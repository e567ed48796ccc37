/** The interface of a simulated identity provider. */

import type { Group, Person } from './person.ts';
import type { Abilities } from './scenario.ts';
import type { Session, WireFormat } from './session.ts';

/** A user the identity provider has provisioned: the service provider's id and the person's attributes. */
type Account = { readonly id: string; readonly person: Person };
export type Member = { readonly id: string; readonly userName: string };
export type GroupAccount = { readonly id: string; readonly group: Group; readonly members: readonly Member[] };
type MemberChange = { readonly added: readonly Member[]; readonly removed: readonly Member[] };

/** The value of a user attribute that the provider has sent, by its path in the resource. */
export type Expected = { readonly path: readonly (string | number)[]; readonly value: string };

/** Each step throws StepFailed. Person and group arguments hold the state after the step. */
export type Provider = WireFormat &
  Abilities & {
    /** Display name. */
    readonly title: string;
    testConnection(session: Session, unknown: { userName: string; uid: string }): Promise<void>;
    /** Looks the user up, then creates or links it. @returns its id */
    assign(session: Session, person: Person): Promise<string>;
    /** @param before the person's state on the server */
    update(session: Session, account: Account, before: Person): Promise<void>;
    setActive(session: Session, account: Account): Promise<void>;
    setManager?(session: Session, account: Account, managerId: string): Promise<void>;
    deleteUser?(session: Session, id: string): Promise<void>;
    /** Looks the group up, creates it if it does not exist, and adds its members. */
    push(session: Session, group: Group, members: readonly Member[]): Promise<Pushed>;
    changeMembers(session: Session, account: GroupAccount, change: MemberChange): Promise<void>;
    rename?(session: Session, account: GroupAccount): Promise<void>;
    deleteGroup?(session: Session, id: string): Promise<void>;
    /** The mapped attributes, without `userName` and `active`. */
    expect(person: Person): readonly Expected[];
  };
export type Pushed = {
  readonly id: string;
  /** Whether the group may have other members: the provider linked an existing group and only adds to it. */
  readonly mayHoldMore: boolean;
};

/** A query with an equality filter, its spaces encoded as `+` or `%20`. */
export const filterBy = (attribute: string, value: string, space: '+' | '%20' = '%20'): string =>
  `filter=${attribute}${space}eq${space}${encodeURIComponent(JSON.stringify(value))}`;

export const userTarget = (id: string): string => `/Users/${encodeURIComponent(id)}`;
export const groupTarget = (id: string): string => `/Groups/${encodeURIComponent(id)}`;
