import type { IncomingHttpHeaders } from "node:http";
import type { RuntimePlatform } from "./runtime-platform.ts";

/** What a platform tells about one of its requests. */
export interface RuntimeCall {
  /** Name of the format, for `getInvocation().source`. */
  readonly source: string;
  readonly requestId: string | undefined;
  /** What the platform's built-in Node runtime would have passed as context. */
  readonly context: unknown;
}

type Headers = IncomingHttpHeaders;

function text(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function number(headers: Headers, name: string): number | undefined {
  const value = Number(text(headers, name));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

// Format: Function Compute documents, "Common request headers" and "context" of the Node runtime.
function readFc(headers: Headers): RuntimeCall {
  const requestId = text(headers, "x-fc-request-id");
  const context = {
    requestId,
    credentials: {
      accessKeyId: text(headers, "x-fc-access-key-id"),
      accessKeySecret: text(headers, "x-fc-access-key-secret"),
      securityToken: text(headers, "x-fc-security-token"),
    },
    function: {
      name: text(headers, "x-fc-function-name"),
      handler: text(headers, "x-fc-function-handler"),
      memory: number(headers, "x-fc-function-memory"),
      timeout: number(headers, "x-fc-function-timeout"),
      initializer: text(headers, "x-fc-function-initializer"),
      initializationTimeout: number(headers, "x-fc-initialization-timeout"),
    },
    service: {
      name: text(headers, "x-fc-service-name"),
      logProject: text(headers, "x-fc-service-logproject"),
      logStore: text(headers, "x-fc-service-logstore"),
      qualifier: text(headers, "x-fc-qualifier"),
      versionId: text(headers, "x-fc-version-id"),
    },
    region: text(headers, "x-fc-region"),
    accountId: text(headers, "x-fc-account-id"),
  };
  return { source: "alibaba-fc-custom", requestId, context };
}

// Format: SCF documents, "Web function" (headers) and "context" of the Node runtime. The limit is in milliseconds.
function readScf(headers: Headers): RuntimeCall {
  const requestId = text(headers, "x-scf-request-id");
  const context = {
    request_id: requestId,
    function_name: text(headers, "x-scf-name"),
    function_version: text(headers, "x-scf-version"),
    namespace: text(headers, "x-scf-namespace"),
    memory_limit_in_mb: number(headers, "x-scf-memory"),
    time_limit_in_ms: number(headers, "x-scf-timeout"),
    tencentcloud_region: text(headers, "x-scf-region"),
    tencentcloud_appid: text(headers, "x-scf-appid"),
    tencentcloud_uin: text(headers, "x-scf-uin"),
  };
  return { source: "tencent-web", requestId, context };
}

// Format: FunctionGraph documents, "HTTP functions" (headers) and "Context" of the Node runtime. The limit is in seconds.
function readCff(headers: Headers): RuntimeCall {
  const requestId = text(headers, "x-cff-request-id");
  const timeoutSeconds = number(headers, "x-cff-timeout");
  const startedMs = Date.now();
  const context = {
    getRequestID: () => requestId ?? "",
    getRemainingTimeInMilliSeconds: () =>
      timeoutSeconds === undefined ? 0 : Math.max(startedMs + timeoutSeconds * 1000 - Date.now(), 0),
    getRunningTimeInSeconds: () => timeoutSeconds ?? 0,
    getFunctionName: () => text(headers, "x-cff-func-name"),
    getVersion: () => text(headers, "x-cff-func-version"),
    getMemorySize: () => number(headers, "x-cff-memory"),
    getPackage: () => text(headers, "x-cff-package"),
    getToken: () => text(headers, "x-cff-auth-token"),
    getSecurityAccessKey: () => text(headers, "x-cff-security-access-key"),
    getSecuritySecretKey: () => text(headers, "x-cff-security-secret-key"),
    getSecurityToken: () => text(headers, "x-cff-security-token"),
    getUserData: (key: string) => process.env[key],
  };
  return { source: "huawei-http", requestId, context };
}

/**
 * Reads what a platform tells in the headers of a forwarded request.
 *
 * @returns `undefined` where it tells nothing: a plain server, or a request that did not come through the platform
 */
export function readRuntimeCall(platform: RuntimePlatform, headers: Headers): RuntimeCall | undefined {
  if (platform === "alibaba-fc" && headers["x-fc-request-id"] !== undefined) return readFc(headers);
  if (platform === "tencent-scf" && headers["x-scf-request-id"] !== undefined) return readScf(headers);
  if (platform === "huawei-functiongraph" && headers["x-cff-request-id"] !== undefined) return readCff(headers);
  return undefined;
}
