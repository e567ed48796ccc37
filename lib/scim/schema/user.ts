/** The User schema (RFC 7643 sections 4.1 and 8.7.1). */

import { attribute, plural } from './attribute.ts';
import type { Attribute, Schema } from './schema.ts';

const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';

const several = (name: string, description: string, subAttributes: readonly Attribute[]): Attribute =>
  attribute(name, description, { type: 'complex', multiValued: true, subAttributes });

export const userSchema: Schema = {
  id: USER_URN,
  name: 'User',
  description: 'User Account',
  attributes: [
    attribute('userName', 'The name that the user signs in with. Unique in the directory, regardless of letter case.', {
      required: true,
      uniqueness: 'server',
    }),
    attribute('name', "The parts of the user's name.", {
      type: 'complex',
      subAttributes: [
        attribute('formatted', 'The full name, formatted for display.'),
        attribute('familyName', 'The family name, or last name.'),
        attribute('givenName', 'The given name, or first name.'),
        attribute('middleName', 'The middle names.'),
        attribute('honorificPrefix', 'Titles before the name, for example "Ms."'),
        attribute('honorificSuffix', 'Suffixes after the name, for example "III".'),
      ],
    }),
    attribute('displayName', 'The name of the user, suitable for display.'),
    attribute('nickName', 'The nickname of the user.'),
    attribute('profileUrl', "The URL of the user's profile page.", {
      type: 'reference',
      caseExact: true,
      referenceTypes: ['external'],
    }),
    attribute('title', 'The title of the user, for example "Vice President".'),
    attribute('userType', 'The relationship of the user to the organization, for example "Contractor".'),
    attribute('preferredLanguage', 'The preferred languages of the user, in the format of the Accept-Language header.'),
    attribute('locale', 'The locale of the user for number and date formats, for example "en-US".'),
    attribute('timezone', 'The time zone of the user, from the IANA database, for example "Europe/Paris".'),
    attribute('active', 'Whether the user may use the application.', { type: 'boolean' }),
    attribute('password', 'Accepted and checked, but never stored and never returned.', {
      mutability: 'writeOnly',
      returned: 'never',
      caseExact: true,
    }),
    several(
      'emails',
      'E-mail addresses of the user.',
      plural(attribute('value', 'The address.'), ['work', 'home', 'other']),
    ),
    several(
      'phoneNumbers',
      'Telephone numbers of the user.',
      plural(attribute('value', 'The number.'), ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    ),
    several(
      'ims',
      'Instant messaging addresses of the user.',
      plural(attribute('value', 'The address.'), ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo']),
    ),
    several(
      'photos',
      'URLs of pictures of the user.',
      plural(
        attribute('value', 'The URL of the picture.', {
          type: 'reference',
          caseExact: true,
          referenceTypes: ['external'],
        }),
        ['photo', 'thumbnail'],
      ),
    ),
    several('addresses', 'Postal addresses of the user.', [
      attribute('formatted', 'The full address, formatted for display or a mailing label.'),
      attribute('streetAddress', 'Street name, house number and similar.'),
      attribute('locality', 'The city.'),
      attribute('region', 'The state or region.'),
      attribute('postalCode', 'The postal code.'),
      attribute('country', 'The country, as an ISO 3166-1 alpha-2 code.'),
      attribute('type', 'A label for the purpose of the address.', { canonicalValues: ['work', 'home', 'other'] }),
      attribute('primary', 'Whether this is the preferred address; true for at most one address.', {
        type: 'boolean',
      }),
    ]),
    attribute(
      'groups',
      'The groups that the user is a direct member of. Read-only: change the members of the groups instead.',
      {
        type: 'complex',
        multiValued: true,
        mutability: 'readOnly',
        subAttributes: [
          attribute('value', "The group's id.", { mutability: 'readOnly', caseExact: true }),
          attribute('$ref', "The group's location.", {
            type: 'reference',
            mutability: 'readOnly',
            caseExact: true,
            referenceTypes: ['Group'],
          }),
          attribute('display', 'The name of the group.', { mutability: 'readOnly' }),
          attribute('type', 'Whether the membership is direct or indirect.', {
            mutability: 'readOnly',
            canonicalValues: ['direct', 'indirect'],
          }),
        ],
      },
    ),
    several('entitlements', 'Entitlements of the user.', plural(attribute('value', 'The entitlement.'), undefined)),
    several('roles', 'Roles of the user.', plural(attribute('value', 'The role.'), undefined)),
    several(
      'x509Certificates',
      'Certificates of the user.',
      plural(
        attribute('value', 'The certificate in DER format, base64-encoded.', { type: 'binary', caseExact: true }),
        undefined,
      ),
    ),
  ],
};
