/** The functions of the API, each with only the variables and permissions that it needs. */
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { RoutedFunction } from '../lambda/routes.ts';
import { variables } from '../lambda/variables.ts';
import { BundledFunction } from './bundled-function.ts';
import { discoveryActions, resourceActions, tokenAdministrationActions, tokenReadActions } from './permissions.ts';
import { acknowledgeTokenSecrets, tokenSecretsArn } from './token-secrets.ts';

/** Less memory means less CPU and slower cold starts, and saves next to nothing: docs/decisions/0007. */
const AUTHORIZER_MEMORY_MB = 1024;

export type ScimFunctionsProps = {
  readonly table: TableV2;
  /** Token secrets are named `<prefix>/<shard>`; they are created at run time. */
  readonly tokenSecretPrefix: string;
};

export class ScimFunctions extends Construct {
  /** All routed functions except `events`, which has its own construct. */
  readonly routed: Readonly<Record<Exclude<RoutedFunction, 'events'>, BundledFunction>>;
  readonly authorizer: BundledFunction;

  constructor(scope: Construct, id: string, { table, tokenSecretPrefix }: ScimFunctionsProps) {
    super(scope, id);
    const tableName = { [variables.tableName]: table.tableName };
    const secretPrefix = { [variables.tokenSecretPrefix]: tokenSecretPrefix };
    const secrets = tokenSecretsArn(this, tokenSecretPrefix);

    const users = new BundledFunction(this, 'Users', {
      name: 'users',
      description: 'SCIM /Users, and all paths without a route of their own',
      environment: tableName,
    });
    const groups = new BundledFunction(this, 'Groups', {
      name: 'groups',
      description: 'SCIM /Groups',
      environment: tableName,
    });
    const discovery = new BundledFunction(this, 'Discovery', {
      name: 'discovery',
      description: 'SCIM /ServiceProviderConfig, /ResourceTypes, /Schemas',
      environment: tableName,
    });
    const admin = new BundledFunction(this, 'Admin', {
      name: 'admin',
      description: 'Admin API: directories and tokens',
      environment: { ...tableName, ...secretPrefix },
    });
    const authorizer = new BundledFunction(this, 'Authorizer', {
      name: 'authorizer',
      description: 'Bearer token -> directory and scopes',
      environment: secretPrefix,
      memory: AUTHORIZER_MEMORY_MB,
    });

    for (const fn of [users, groups, admin]) fn.allow(resourceActions, table.tableArn);
    discovery.allow(discoveryActions, table.tableArn);
    admin.allow(tokenAdministrationActions, secrets);
    authorizer.allow(tokenReadActions, secrets);
    acknowledgeTokenSecrets(this, tokenSecretPrefix);
    this.routed = { users, groups, discovery, admin };
    this.authorizer = authorizer;
  }
}
