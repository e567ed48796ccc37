/** The REST API: every route of the route table behind its authorization, every answer of the gateway in SCIM's shape. */
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
  TokenAuthorizer,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { TOKEN_HEADER_EXPRESSION } from '../lambda/authorizer-expression.ts';
import {
  type GatewayResponseType,
  gatewayResponseBody,
  gatewayResponseHeaders,
  gatewayResponses,
} from '../lambda/gateway-responses.ts';
import { type RoutedFunction, routes, STAGE } from '../lambda/routes.ts';
import { AUTHORIZER_CACHE_SECONDS } from '../lambda/times.ts';

/** Of all directories together; API Gateway answers 429 beyond. */
const REQUESTS_PER_SECOND = 500;
const BURST = 1000;

/** Neither the path, which may hold a secret (a setup link), nor the query nor a header: the route that was taken. */
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

const createRestApi = (scope: Construct): RestApi => {
  const logs = { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY };
  const accessLogs = new LogGroup(scope, 'AccessLogs', logs);
  const api = new RestApi(scope, 'Api', {
    restApiName: 'Rollcall',
    description: 'SCIM 2.0 for identity providers, administration for the operator',
    endpointTypes: [EndpointType.REGIONAL],
    // Set once per account and region: a fresh account refuses a stage with logs without it.
    cloudWatchRole: true,
    deployOptions: {
      stageName: STAGE,
      accessLogDestination: new LogGroupLogDestination(accessLogs),
      accessLogFormat,
      loggingLevel: MethodLoggingLevel.ERROR,
      // It would write bodies and headers.
      dataTraceEnabled: false,
      throttlingRateLimit: REQUESTS_PER_SECOND,
      throttlingBurstLimit: BURST,
    },
  });
  // API Gateway makes this group by itself, and keeps it for ever, if it does not find it.
  const executionLogs = new LogGroup(scope, 'ExecutionLogs', {
    ...logs,
    logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/${STAGE}`,
  });
  api.deploymentStage.node.addDependency(executionLogs);
  // The stack has outputs with names of its own.
  api.node.tryRemoveChild('Endpoint');
  return api;
};

const addRoutes = (api: RestApi, functions: ScimApiProps['functions'], tokenAuthorizer: TokenAuthorizer) => {
  const authorizations: Record<(typeof routes)[number]['authorization'], MethodOptions> = {
    token: { authorizationType: AuthorizationType.CUSTOM, authorizer: tokenAuthorizer },
    iam: { authorizationType: AuthorizationType.IAM },
  };
  for (const { path, fn, authorization } of routes) {
    // One permission for each function, not two for each method.
    const integration = new LambdaIntegration(functions[fn], { scopePermissionToMethod: false });
    api.root.resourceForPath(path).addMethod('ANY', integration, authorizations[authorization]);
  }
};

const addGatewayResponses = (api: RestApi) => {
  for (const type of Object.keys(gatewayResponses) as GatewayResponseType[]) {
    const response = gatewayResponses[type];
    // A status on one of these two would change every type that has none of its own.
    const status = type.startsWith('DEFAULT_') ? {} : { statusCode: String(response.status) };
    api.addGatewayResponse(type, {
      type: ResponseType.of(type),
      ...status,
      responseHeaders: Object.fromEntries(
        Object.entries(gatewayResponseHeaders(response)).map(([name, value]) => [name, `'${value}'`]),
      ),
      // The key chooses by Accept and `application/json` is what is always found; the header above says what it is.
      templates: { 'application/json': gatewayResponseBody(response) },
    });
  }
};

const acknowledgeFindings = (api: RestApi) =>
  Validations.of(api).acknowledge(
    {
      id: 'AwsSolutions::AwsSolutions-COG4',
      reason:
        'Provisioning clients send static bearer tokens, which a Lambda authorizer checks; administration is IAM.',
    },
    {
      id: 'AwsSolutions::AwsSolutions-APIG2',
      reason: 'The schemas of a directory validate each body, and refusals are SCIM errors with a scimType.',
    },
    {
      id: 'AwsSolutions::AwsSolutions-APIG3',
      reason: 'A web ACL is the choice of the account; the common rule set blocks every body over 8 KB.',
    },
    {
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'The policy that API Gateway itself asks for, once per account and region.',
    },
  );

export type ScimApiProps = {
  readonly functions: Readonly<Record<RoutedFunction, IFunction>>;
  readonly authorizer: IFunction;
};

export class ScimApi extends Construct {
  /** The URL of a path below the stage. */
  readonly urlForPath: (path: `/${string}`) => string;

  constructor(scope: Construct, id: string, { functions, authorizer }: ScimApiProps) {
    super(scope, id);
    const api = createRestApi(this);
    const tokenAuthorizer = new TokenAuthorizer(this, 'Authorizer', {
      handler: authorizer,
      validationRegex: TOKEN_HEADER_EXPRESSION,
      resultsCacheTtl: Duration.seconds(AUTHORIZER_CACHE_SECONDS),
    });
    addRoutes(api, functions, tokenAuthorizer);
    addGatewayResponses(api);
    acknowledgeFindings(api);
    this.urlForPath = (path) => api.urlForPath(path);
  }
}
