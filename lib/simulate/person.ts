/** Users and groups as the identity provider stores them. */
import type { Random } from './random.ts';

export type Person = {
  /** Immutable; the provider's own key. */
  readonly key: number;
  /** 32 hexadecimal digits, from which the provider derives its own id (our externalId). */
  readonly uid: string;
  readonly userName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly title: string;
  readonly department: string;
  readonly active: boolean;
};
export type Group = {
  readonly key: number;
  readonly uid: string;
  readonly displayName: string;
  /** Keys of people. */
  readonly members: readonly number[];
};

const GIVEN_NAMES =
  'Ada Alan Amira Ana Björn Carlos Chen Dina Elif Emeka Fatima Grace Hana Igor Inés Jamal João Keiko Lars Linus Mei Noor Olga Priya Radia Renée Sean Tomás Yuki Zoë'.split(
    ' ',
  );
const FAMILY_NAMES =
  "Alvarez Andersson Bauer Castro Chowdhury Dubois Eriksen Fischer García Haddad Hopper Ito Jensen Kaya Kowalski Lovelace Müller Nakamura Novák O'Brien Okafor Perlman Quist Rossi Sørensen Tanaka Turing Underwood Virtanen Wójcik Zhang".split(
    ' ',
  );
const TITLES = 'Analyst|Architect|Engineer|Director, R&D|Manager|Senior Engineer|Specialist|Team Lead'.split('|');
export const DEPARTMENTS =
  'Engineering Sales Marketing Support Finance Legal R&D Operations Security Design Research Procurement'.split(' ');

/** Reduces a name to characters valid in an email address: strips accents, keeps apostrophes. */
const toLocalPart = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/ø/gi, 'o')
    .replace(/[^a-z0-9']/gi, '')
    .toLowerCase();

export type Naming = {
  readonly label: string;
  /** Whether some accounts are guests, whose userNames contain `#EXT#`. */
  readonly guests: boolean;
};

const GUEST_EVERY = 20;
const GUEST_AT = 7;

const toUserName = (person: Pick<Person, 'key' | 'givenName' | 'familyName'>, { label, guests }: Naming): string => {
  const local = `${toLocalPart(person.givenName)}.${toLocalPart(person.familyName)}.${person.key + 1}`;
  const isGuest = guests && person.key % GUEST_EVERY === GUEST_AT;
  return isGuest ? `${local}_partner.example#EXT#@${label}.example.com` : `${local}@${label}.example.com`;
};

export const createPerson = (key: number, random: Random, naming: Naming): Person => {
  const names = { key, givenName: random.pick(GIVEN_NAMES), familyName: random.pick(FAMILY_NAMES) };
  return {
    ...names,
    uid: random.hex(32),
    userName: toUserName(names, naming),
    title: random.pick(TITLES),
    department: random.pick(DEPARTMENTS),
    active: true,
  };
};

const pickOther = (list: readonly string[], current: string, random: Random): string =>
  random.pick(list.filter((item) => item !== current));

/** Changes department and title. */
export const movePerson = (person: Person, random: Random): Person => ({
  ...person,
  title: pickOther(TITLES, person.title, random),
  department: pickOther(DEPARTMENTS, person.department, random),
});

/** Changes the family name, and with it the userName and email address. */
export const renamePerson = (person: Person, random: Random, naming: Naming): Person => {
  const renamed = { ...person, familyName: pickOther(FAMILY_NAMES, person.familyName, random) };
  return { ...renamed, userName: toUserName(renamed, naming) };
};

export const displayNameOf = ({ givenName, familyName }: Person): string => `${givenName} ${familyName}`;

/** The email address. A guest's userName is not a valid one. */
export const mailOf = ({ userName }: Person): string => userName.replace('#EXT#', '.ext');
