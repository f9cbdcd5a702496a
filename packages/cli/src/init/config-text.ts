import { configSchemaUrl } from "@tidegate/host";
import type { DetectedApp } from "./detect-app.ts";

/**
 * Writes the text of a new `tidegate.yaml`: what the app needs, and as comments what can be changed, with defaults.
 *
 * @param name name of the function
 * @param app what was found
 */
export function configText(name: string, { framework, run }: Pick<DetectedApp, "framework" | "run">): string {
  return `# yaml-language-server: $schema=${configSchemaUrl}
# How Tidegate serves this app (${framework}). Fields behind "#" show their defaults.
functions:
  ${name}:
${Object.entries(run)
  .map(([field, value]) => `    ${field}: ${yamlValue(value)}`)
  .join("\n")}
    # routes: [/]             # host names and path prefixes: shop.example.com, /path, shop.example.com/path
${"env" in run ? "" : "    # env: { NODE_ENV: production }\n"}    # concurrency: 100        # most requests in flight in one instance
    # timeout: 60s            # longest wait for a response's first byte, and each further one
    # streamIdle: 0           # longest silence of an event stream or WebSocket; 0: any
    # startTimeout: 30s       # longest time from an instance's start to ready
${
  "command" in run
    ? ""
    : `    # start: auto             # how instances start: forked from a loaded app where that is safe; or always fork, or process
    # warmUp: []              # paths asked before instances are forked, such as [/]; see \`tidegate explain\`
`
}    # queue:
    #   limit: 10000          # most requests that wait for an instance
    #   timeout: 60s          # longest wait for an instance
    # scaling:
    #   min: 0                # instances kept also without requests; idle ones may be frozen
    #   provisioned: 0        # instances kept warm also without requests, never frozen
    #   max: 10               # most instances
    #   idle: 30s             # longest a function without requests keeps its last instance
    #   freeze: true          # stop idle instances where they are; false for work on timers or after responses
# gateway:
#   port: 3000
#   trustProxy: false         # true behind a load balancer that sets X-Forwarded-For
#   drainDelay: 0             # how long to serve on after SIGTERM, with /_tidegate/health at 503
#   http2: true
#
# Without a default: limits, affinity, health, recycle, breaker, scaling.schedule, gateway.tls, gateway.metrics,
# templates.memory and more: docs/guide has them all, and editors complete them.
`;
}

/** JSON is YAML; texts that need no quotes stay without. */
function yamlValue(value: string | readonly string[] | Readonly<Record<string, string>>): string {
  if (typeof value === "object") {
    if (isList(value)) return `[${value.map(yamlValue).join(", ")}]`;
    return `{ ${Object.entries(value)
      .map(([name, text]) => `${name}: ${yamlValue(text)}`)
      .join(", ")} }`;
  }
  return /^[A-Za-z_./][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function isList(value: readonly string[] | object): value is readonly string[] {
  return Array.isArray(value);
}
