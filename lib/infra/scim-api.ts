/** The REST API: every route of the table with its authorization, and gateway responses as SCIM errors. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MethodOptions,
  ResponseType,
  RestApi,
  SecurityPolicy,
  TokenAuthorizer,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  AaaaRecord,
  ARecord,
  HostedZone,
  type HostedZoneAttributes,
  type IHostedZone,
  RecordTarget,
} from 'aws-cdk-lib/aws-route53';
import { ApiGatewayDomain } from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { TOKEN_HEADER_EXPRESSION } from '../lambda/authorizer-expression.ts';
import {
  type GatewayResponse,
  type GatewayResponseType,
  gatewayResponseBody,
  gatewayResponseHeaders,
  gatewayResponses,
  webAclResponse,
} from '../lambda/gateway-responses.ts';
import { type RoutedFunction, routes, STAGE } from '../lambda/routes.ts';
import { AUTHORIZER_CACHE_SECONDS } from '../lambda/times.ts';
import { WebAcl, type WebAclLimits } from './web-acl.ts';

/** Limits for all directories together. Above them, API Gateway responds with 429. */
type Throttle = {
  /** @default 500 */
  readonly requestsPerSecond?: number | undefined;
  /** Requests above the rate that are served at once. @default 1000 */
  readonly burst?: number | undefined;
};

/** A domain of your own for the whole API. Base URLs then never change with the stack. */
export type CustomDomain = {
  /** Such as `scim.example.com`. */
  readonly domainName: string;
  /** A certificate for the name, of the same region, or its ARN. */
  readonly certificate: ICertificate | string;
  /** Where the alias records are added. @default none: add a record for the target in the outputs yourself */
  readonly hostedZone?: IHostedZone | HostedZoneAttributes | undefined;
};

/** Logs the route, but neither the path, which may hold a secret (a setup link), nor the query or any header. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    route: '$context.resourcePath',
    status: '$context.status',
    gatewayResponse: '$context.error.responseType',
    directory: '$context.authorizer.directory',
    tokenId: '$context.authorizer.tokenId',
    bytes: '$context.responseLength',
    milliseconds: '$context.responseLatency',
    functionMilliseconds: '$context.integrationLatency',
  }),
);

type CreatedApi = { readonly api: RestApi; readonly accessLogs: LogGroup };

const createRestApi = (
  scope: Construct,
  { throttle = {}, tracing = false, cloudWatchRole }: ApiOptions,
): CreatedApi => {
  const logs = { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY };
  const accessLogs = new LogGroup(scope, 'AccessLogs', logs);
  const api = new RestApi(scope, 'Api', {
    restApiName: 'Rollcall',
    description: 'SCIM 2.0 for identity providers, administration for the operator',
    endpointTypes: [EndpointType.REGIONAL],
    // Functions receive bodies in base64, byte for byte; as text, bytes that are not UTF-8 would be replaced.
    binaryMediaTypes: ['*/*'],
    cloudWatchRole: cloudWatchRole === 'create',
    deployOptions: {
      stageName: STAGE,
      accessLogDestination: new LogGroupLogDestination(accessLogs),
      accessLogFormat,
      loggingLevel: MethodLoggingLevel.ERROR,
      // Tracing would log bodies and headers.
      dataTraceEnabled: false,
      throttlingRateLimit: throttle.requestsPerSecond ?? 500,
      throttlingBurstLimit: throttle.burst ?? 1000,
      ...(tracing && { tracingEnabled: true }),
    },
  });
  // If the group does not exist, API Gateway creates it, without an expiry of its logs.
  const executionLogs = new LogGroup(scope, 'ExecutionLogs', {
    ...logs,
    logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/${STAGE}`,
  });
  api.deploymentStage.node.addDependency(executionLogs);
  // The stack defines its own outputs.
  api.node.tryRemoveChild('Endpoint');
  return { api, accessLogs };
};

const addRoutes = (api: RestApi, functions: ScimApiProps['functions'], tokenAuthorizer: TokenAuthorizer) => {
  const authorizations: Record<(typeof routes)[number]['authorization'], MethodOptions> = {
    token: { authorizationType: AuthorizationType.CUSTOM, authorizer: tokenAuthorizer },
    iam: { authorizationType: AuthorizationType.IAM },
  };
  for (const { path, fn, authorization } of routes) {
    // One permission per function, instead of two per method.
    const integration = new LambdaIntegration(functions[fn], { scopePermissionToMethod: false });
    api.root.resourceForPath(path).addMethod('ANY', integration, authorizations[authorization]);
  }
};

const addGatewayResponses = (api: RestApi, responses: Readonly<Record<GatewayResponseType, GatewayResponse>>) => {
  for (const type of Object.keys(responses) as GatewayResponseType[]) {
    const response = responses[type];
    // A status on one of these two would apply to every type without a status of its own.
    const status = type.startsWith('DEFAULT_') ? {} : { statusCode: String(response.status) };
    api.addGatewayResponse(type, {
      type: ResponseType.of(type),
      ...status,
      responseHeaders: Object.fromEntries(
        Object.entries(gatewayResponseHeaders(response)).map(([name, value]) => [name, `'${value}'`]),
      ),
      // The key is matched against Accept, with `application/json` as fallback; the header above sets the type.
      templates: { 'application/json': gatewayResponseBody(response) },
    });
  }
};

type Acknowledged = Pick<ScimApiProps, 'webAcl' | 'cloudWatchRole'>;

const acknowledgeFindings = (api: RestApi, { webAcl, cloudWatchRole }: Acknowledged) => {
  Validations.of(api).acknowledge(
    {
      id: 'AwsSolutions::AwsSolutions-COG4',
      reason:
        'Provisioning clients send static bearer tokens, which a Lambda authorizer checks; the admin API uses IAM.',
    },
    {
      id: 'AwsSolutions::AwsSolutions-APIG2',
      reason:
        'Each body is validated against the schemas of its directory, and refused with a SCIM error and a scimType.',
    },
  );
  if (cloudWatchRole === 'create')
    Validations.of(api).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'API Gateway requires this managed policy, once per account and region.',
    });
  if (webAcl !== undefined) return;
  Validations.of(api).acknowledge({
    id: 'AwsSolutions::AwsSolutions-APIG3',
    reason: 'A web ACL is an option of the stack; identity providers call for all customers from a few addresses.',
  });
};

/** Adds the domain, mapped to the stage. @returns the host that a record of the name has to point to */
const addDomain = (api: RestApi, { domainName, certificate, hostedZone }: CustomDomain): string => {
  const domain = api.addDomainName('Domain', {
    domainName,
    certificate:
      typeof certificate === 'string' ? Certificate.fromCertificateArn(api, 'Certificate', certificate) : certificate,
    endpointType: EndpointType.REGIONAL,
    securityPolicy: SecurityPolicy.TLS_1_2,
  });
  if (hostedZone !== undefined) {
    const zone = 'node' in hostedZone ? hostedZone : HostedZone.fromHostedZoneAttributes(api, 'Zone', hostedZone);
    const record = { zone, recordName: domainName, target: RecordTarget.fromAlias(new ApiGatewayDomain(domain)) };
    new ARecord(api, 'Alias', record);
    new AaaaRecord(api, 'AliasIpv6', record);
  }
  return domain.domainNameAliasDomainName;
};

export type ApiOptions = {
  /**
   * The role with which API Gateway writes logs, a setting per account and region. `create` sets it, and the last stack
   * that does so wins; `existing` needs one that is set already: a new account refuses a stage with logs without it.
   */
  readonly cloudWatchRole: 'create' | 'existing';
  readonly throttle?: Throttle | undefined;
  readonly customDomain?: CustomDomain | undefined;
  /** X-Ray traces of the stage. @default false */
  readonly tracing?: boolean | undefined;
};

export type ScimApiProps = ApiOptions & {
  readonly functions: Readonly<Record<RoutedFunction, IFunction>>;
  readonly authorizer: IFunction;
  /** A limit of requests per address. @default none */
  readonly webAcl?: WebAclLimits | undefined;
};

export class ScimApi extends Construct {
  readonly api: RestApi;
  /** The URL of a path below the stage, at the custom domain if there is one. */
  readonly urlForPath: (path: `/${string}`) => string;
  /** The host that a record of the custom domain has to point to. */
  readonly domainTarget: string | undefined;
  /** One line of JSON per request. */
  readonly accessLogs: LogGroup;

  constructor(scope: Construct, id: string, { functions, authorizer, webAcl, ...options }: ScimApiProps) {
    super(scope, id);
    const { api, accessLogs } = createRestApi(this, options);
    const tokenAuthorizer = new TokenAuthorizer(this, 'Authorizer', {
      handler: authorizer,
      validationRegex: TOKEN_HEADER_EXPRESSION,
      resultsCacheTtl: Duration.seconds(AUTHORIZER_CACHE_SECONDS),
    });
    addRoutes(api, functions, tokenAuthorizer);
    addGatewayResponses(
      api,
      webAcl === undefined ? gatewayResponses : { ...gatewayResponses, WAF_FILTERED: webAclResponse },
    );
    acknowledgeFindings(api, { webAcl, cloudWatchRole: options.cloudWatchRole });
    if (webAcl !== undefined) new WebAcl(this, 'WebAcl', { ...webAcl, stage: api.deploymentStage });
    const { customDomain } = options;
    this.api = api;
    this.domainTarget = customDomain && addDomain(api, customDomain);
    this.urlForPath = (path) => (customDomain ? `https://${customDomain.domainName}${path}` : api.urlForPath(path));
    this.accessLogs = accessLogs;
  }
}
