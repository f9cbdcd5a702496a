/** Platforms that start an HTTP server and forward to it. `plain` is any other place that passes a `PORT`, or none. */
export type RuntimePlatform = "alibaba-fc" | "tencent-scf" | "huawei-functiongraph" | "google" | "plain";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface PlatformTraits {
  /** Variables only this platform sets; one of them is enough. */
  readonly marks: readonly string[];
  /** Variables that name the port, the first that is set wins. */
  readonly portVariables: readonly string[];
  readonly defaultPort: number;
}

const MINUTE_MS = 60_000;

/** Idle time of a connection from a platform. Alibaba asks for at least 15 minutes: it would send on a closed one else. */
export const PLATFORM_IDLE_MS: number = 20 * MINUTE_MS;

// In the order in which they are tried. Tencent and Huawei forward to a fixed port, whatever PORT says.
const TRAITS = {
  "alibaba-fc": {
    marks: ["FC_SERVER_PORT", "FC_CUSTOM_LISTEN_PORT", "FC_FUNCTION_NAME"],
    portVariables: ["FC_SERVER_PORT", "FC_CUSTOM_LISTEN_PORT"],
    defaultPort: 9000,
  },
  "tencent-scf": {
    marks: ["TENCENTCLOUD_RUNENV", "SCF_FUNCTIONNAME", "SCF_NAMESPACE"],
    portVariables: [],
    defaultPort: 9000,
  },
  "huawei-functiongraph": {
    marks: ["RUNTIME_PROJECT_ID", "RUNTIME_FUNC_NAME"],
    portVariables: [],
    defaultPort: 8000,
  },
  google: { marks: ["K_SERVICE"], portVariables: ["PORT"], defaultPort: 8080 },
  plain: { marks: [], portVariables: ["PORT"], defaultPort: 3000 },
} as const satisfies Record<RuntimePlatform, PlatformTraits>;

/** Finds the platform a process runs on by the variables the platform sets. */
export function detectRuntimePlatform(env: Environment): RuntimePlatform {
  for (const [platform, { marks }] of Object.entries(TRAITS)) {
    if (marks.some((name) => env[name] !== undefined)) return platform as RuntimePlatform;
  }
  return "plain";
}

/** Port the platform forwards to, as its variable has it. */
export function runtimePort(platform: RuntimePlatform, env: Environment): number | string {
  const { portVariables, defaultPort }: PlatformTraits = TRAITS[platform];
  for (const name of portVariables) {
    const value = env[name];
    if (value !== undefined && value !== "") return value;
  }
  return defaultPort;
}
