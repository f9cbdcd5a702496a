import { TidegateError } from "@tidegate/core";
import { describe, expect, test } from "vitest";
import { parseConfig } from "./parse-config.ts";

function problemsIn(text: string): string[] {
  try {
    parseConfig(text, "/app/tidegate.yaml", "tidegate.yaml");
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    expect(error.code).toBe("TIDEGATE_CONFIG_INVALID");
    const [first, ...lines] = error.message.split("\n");
    expect(first).toBe("Cannot use the configuration:");
    return lines.map((line) => line.trim());
  }
  return [];
}

const shop = (lines: string): string => `functions:\n  shop:\n    entry: server.js\n${lines}`;

const malformed: { name: string; text: string; problems: string[] }[] = [
  {
    name: "an empty file",
    text: "",
    problems: ['tidegate.yaml:1:1 expected a mapping with "functions", got nothing'],
  },
  {
    name: "a list instead of a mapping",
    text: "- entry: server.js\n",
    problems: ['tidegate.yaml:1:1 expected a mapping with "functions", got a list'],
  },
  {
    name: "a schedule whose time never comes",
    text: shop("    scaling:\n      schedule: [{ cron: 0 0 31 2 *, for: 1h, min: 1 }]\n"),
    problems: [
      'tidegate.yaml:5:26 functions.shop.scaling.schedule[0].cron: expected a cron expression of five or six fields such as "0 8 * * 1-5" whose time comes, got "0 0 31 2 *"',
    ],
  },
  {
    name: "no functions",
    text: "gateway:\n  port: 3000\n",
    problems: ["tidegate.yaml:1:1 functions: expected a mapping of function names to functions, got nothing"],
  },
  {
    name: "functions without a function",
    text: "functions: {}\n",
    problems: ["tidegate.yaml:1:12 functions: expected at least one function, got an empty mapping"],
  },
  {
    name: "functions left empty",
    text: "functions:\n",
    problems: ["tidegate.yaml:1:1 functions: expected a mapping of function names to functions, got nothing"],
  },
  {
    name: "functions as a list",
    text: "functions:\n  - entry: server.js\n",
    problems: ["tidegate.yaml:2:3 functions: expected a mapping of function names to functions, got a list"],
  },
  {
    name: "a function left empty",
    text: "functions:\n  shop:\n",
    problems: ["tidegate.yaml:2:3 functions.shop: expected a mapping, got nothing"],
  },
  {
    name: "a name that is no label",
    text: "functions:\n  My Shop:\n    entry: server.js\n",
    problems: [
      `tidegate.yaml:2:3 functions.My Shop: expected a function's name of up to 63 lower case letters, digits and hyphens, got "My Shop"`,
    ],
  },
  {
    name: "a start that is none",
    text: shop("    start: snapshot\n"),
    problems: ['tidegate.yaml:4:12 functions.shop.start: expected "auto" or "fork" or "process", got "snapshot"'],
  },
  {
    name: "a warm-up that is no path",
    text: shop("    warmUp: [/, products, 'http://x/', '/a b']\n"),
    problems: ["products", "http://x/", "/a b"].map(
      (got, index) =>
        `tidegate.yaml:4:${[17, 27, 40][index]} functions.shop.warmUp[${index + 1}]: expected a path such as "/products?page=1", got "${got}"`,
    ),
  },
  {
    name: "a warm-up that is no list",
    text: shop("    warmUp: /\n"),
    problems: ['tidegate.yaml:4:13 functions.shop.warmUp: expected a list of paths, got "/"'],
  },
  {
    name: "a command that is to be forked",
    text: "functions:\n  shop:\n    command: python3 app.py\n    start: fork\n    warmUp: [/]\n",
    problems: [
      'tidegate.yaml:4:12 functions.shop.start: expected "auto" or "process" beside "command", got "fork"',
      'tidegate.yaml:5:5 functions.shop.warmUp: expected only beside "entry"; a command is not forked, and has nothing to warm',
    ],
  },
  {
    name: "a fork without memory for a template",
    text: shop("    start: fork\ntemplates: { memory: 0mb }\n"),
    problems: [
      'tidegate.yaml:4:12 functions.shop.start: expected "auto" or "process", as "templates.memory" is 0, got "fork"',
    ],
  },
  {
    name: "templates without a size",
    text: shop("templates: { memory: much, count: 3 }\n"),
    problems: [
      'tidegate.yaml:4:22 templates.memory: expected a size such as "64kb", "10mb" or "1gb", got "much"',
      "tidegate.yaml:4:28 templates.count: unknown field; known are memory",
    ],
  },
  {
    name: "neither entry nor command",
    text: "functions:\n  shop:\n    concurrency: 2\n",
    problems: ['tidegate.yaml:2:3 functions.shop: expected "entry" or "command", got neither'],
  },
  {
    name: "both entry and command",
    text: shop("    command: python3 app.py\n"),
    problems: ['tidegate.yaml:4:5 functions.shop.command: expected either "entry" or "command", got both'],
  },
  {
    name: "arguments beside a command",
    text: "functions:\n  shop:\n    command: python3 app.py\n    args: [a]\n",
    problems: [
      'tidegate.yaml:4:5 functions.shop.args: expected only beside "entry"; write arguments of a command in "command"',
    ],
  },
  {
    name: "a command that needs a shell",
    text: "functions:\n  shop:\n    command: python3 app.py | tee log\n",
    problems: [
      'tidegate.yaml:3:14 functions.shop.command: expected a program and its arguments, such as "python3 app.py" or ["python3", "app.py"]; what needs a shell is written ["sh", "-c", "..."], got "python3 app.py | tee log"',
    ],
  },
  {
    name: "a word where a number belongs",
    text: shop("    concurrency: many\n"),
    problems: ['tidegate.yaml:4:18 functions.shop.concurrency: expected a whole number from 1 to 1000000, got "many"'],
  },
  {
    name: "a number out of range",
    text: shop("    concurrency: 0\n"),
    problems: ["tidegate.yaml:4:18 functions.shop.concurrency: expected a whole number from 1 to 1000000, got 0"],
  },
  {
    name: "a broken number",
    text: shop("    scaling: { max: 1.5 }\n"),
    problems: ["tidegate.yaml:4:21 functions.shop.scaling.max: expected a whole number from 1 to 100000, got 1.5"],
  },
  {
    name: "a value left empty",
    text: shop("    concurrency:\n    timeout: 1s\n"),
    problems: ["tidegate.yaml:4:5 functions.shop.concurrency: expected a whole number from 1 to 1000000, got nothing"],
  },
  {
    name: "a duration with an unknown unit",
    text: shop("    timeout: 30 seconds\n"),
    problems: [
      'tidegate.yaml:4:14 functions.shop.timeout: expected a duration such as "500ms", "30s" or "2m" above 0, got "30 seconds"',
    ],
  },
  {
    name: "a duration of nothing",
    text: shop("    timeout: 0s\n"),
    problems: [
      'tidegate.yaml:4:14 functions.shop.timeout: expected a duration such as "500ms", "30s" or "2m" above 0, got "0s"',
    ],
  },
  {
    name: "a duration below nothing",
    text: shop("    scaling:\n      idle: -1\n"),
    problems: [
      'tidegate.yaml:5:13 functions.shop.scaling.idle: expected a duration such as "500ms", "30s" or "2m", got -1',
    ],
  },
  {
    name: "a duration no timer can wait",
    text: shop("    timeout: 30d\n"),
    problems: [
      'tidegate.yaml:4:14 functions.shop.timeout: expected a duration such as "500ms", "30s" or "2m" above 0 of at most 24 days, got "30d"',
    ],
  },
  {
    name: "an unknown field near a known one",
    text: shop("    concurency: 3\n"),
    problems: ['tidegate.yaml:4:5 functions.shop.concurency: unknown field; did you mean "concurrency"?'],
  },
  {
    name: "an unknown field like none",
    text: shop("    queue:\n      depth: 3\n"),
    problems: ["tidegate.yaml:5:7 functions.shop.queue.depth: unknown field; known are limit, timeout"],
  },
  {
    name: "unknown fields at the top and in the gateway",
    text: `${shop("")}gatway: {}\ngateway:\n  prot: 80\n`,
    problems: [
      'tidegate.yaml:4:1 gatway: unknown field; did you mean "gateway"?',
      'tidegate.yaml:6:3 gateway.prot: unknown field; did you mean "port"?',
    ],
  },
  {
    name: "a port out of range",
    text: `${shop("")}gateway:\n  port: 65536\n`,
    problems: ["tidegate.yaml:5:9 gateway.port: expected a whole number from 0 to 65535, got 65536"],
  },
  {
    name: "a yes that YAML 1.2 reads as a text",
    text: `${shop("")}gateway: { trustProxy: yes }\n`,
    problems: ['tidegate.yaml:4:24 gateway.trustProxy: expected true or false, got "yes"'],
  },
  {
    name: "a list in the environment",
    text: shop("    env:\n      KEYS: [a, b]\n"),
    problems: ["tidegate.yaml:5:13 functions.shop.env.KEYS: expected a text, a number, true or false, got a list"],
  },
  {
    name: "a text where a list belongs",
    text: shop("    args: --verbose\n"),
    problems: ['tidegate.yaml:4:11 functions.shop.args: expected a list of texts, got "--verbose"'],
  },
  {
    name: "a number in a list of texts",
    text: shop("    args:\n      - a\n      - 1\n"),
    problems: ["tidegate.yaml:6:9 functions.shop.args[1]: expected a text, got 1"],
  },
  {
    name: "routes that are none",
    text: shop('    routes: ["https://a.example", "a.example:80", "a b", "", "a..b", "/x?y"]\n'),
    problems: [
      'tidegate.yaml:4:14 functions.shop.routes[0]: expected a route without "https://", got "https://a.example"',
      'tidegate.yaml:4:35 functions.shop.routes[1]: expected a route without a port, got "a.example:80"',
      'tidegate.yaml:4:51 functions.shop.routes[2]: expected a route without spaces, query and fragment, got "a b"',
      'tidegate.yaml:4:58 functions.shop.routes[3]: expected a route such as "shop.example.com", "/path" or "shop.example.com/path", got ""',
      'tidegate.yaml:4:62 functions.shop.routes[4]: expected a route such as "shop.example.com", "/path" or "shop.example.com/path", got "a..b"',
      'tidegate.yaml:4:70 functions.shop.routes[5]: expected a route without spaces, query and fragment, got "/x?y"',
    ],
  },
  {
    name: "no route in the list",
    text: shop("    routes: []\n"),
    problems: ["tidegate.yaml:4:13 functions.shop.routes: expected a list of at least one route, got an empty list"],
  },
  {
    name: "several functions without routes",
    text: "functions:\n  a: { entry: a.js }\n  b: { entry: b.js, routes: [/b] }\n",
    problems: ['tidegate.yaml:2:3 functions.a: expected "routes", as there are several functions, got nothing'],
  },
  {
    name: "one route of two functions, spelled differently",
    text: "functions:\n  a: { entry: a.js, routes: [Shop.example/x/] }\n  b: { entry: b.js, routes: [/b, shop.example/x] }\n",
    problems: [
      'tidegate.yaml:3:34 functions.b.routes[1]: expected a route that is not functions.a.routes[0], got "shop.example/x"',
    ],
  },
  {
    name: "a minimum above the maximum",
    text: shop("    scaling: { min: 3, max: 2 }\n"),
    problems: ['tidegate.yaml:4:21 functions.shop.scaling.min: expected at most "max", which is 2, got 3'],
  },
  {
    name: "a minimum above the default maximum",
    text: shop("    scaling: { min: 11 }\n"),
    problems: ['tidegate.yaml:4:21 functions.shop.scaling.min: expected at most "max", which is 10, got 11'],
  },
  {
    name: "more provisioned than the default maximum",
    text: shop("    scaling: { provisioned: 11 }\n"),
    problems: ['tidegate.yaml:4:29 functions.shop.scaling.provisioned: expected at most "max", which is 10, got 11'],
  },
  {
    name: "a scheduled minimum above the maximum beside it",
    text: shop('    scaling: { schedule: [{ cron: "0 8 * * *", for: 1h, min: 5, max: 4 }] }\n'),
    problems: ['tidegate.yaml:4:62 functions.shop.scaling.schedule[0].min: expected at most "max", which is 4, got 5'],
  },
  {
    name: "a stable window below the default panic window",
    text: shop("    scaling: { stableWindow: 2s }\n"),
    problems: [
      'tidegate.yaml:4:30 functions.shop.scaling.stableWindow: expected at least "panicWindow", which is 6000, got "2s"',
    ],
  },
  {
    name: "a field given twice",
    text: shop("    timeout: 1s\n    timeout: 2s\n"),
    problems: ["tidegate.yaml:5:5 Map keys must be unique"],
  },
  {
    name: "broken indentation",
    text: "functions:\n  shop:\n    entry: server.js\n   cwd: .\n",
    problems: ["tidegate.yaml:4:1 All mapping items must start at the same column"],
  },
  {
    name: "an unclosed list",
    text: shop("    args: [a, b\n"),
    problems: ["tidegate.yaml:4:11 Flow sequence in block collection must be sufficiently indented and end with a ]"],
  },
  {
    name: "an unknown anchor",
    text: shop("    env: *shared\n"),
    problems: ["tidegate.yaml:4:10 Unresolved alias (the anchor must be set before the alias): shared"],
  },
  {
    name: "a bomb of aliases",
    text: `a: &a [x, x, x, x, x]\n${["b", "c", "d", "e"].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcd"[index]}`)}]\n`).join("")}`,
    problems: ["tidegate.yaml:1:1 Excessive alias count indicates a resource exhaustion attack"],
  },
  {
    name: "an unknown tag",
    text: shop("    timeout: !seconds 3\n"),
    problems: ["tidegate.yaml:4:14 Unresolved tag: !seconds"],
  },
  {
    name: "several problems, in the order of the file",
    text: "gateway: { port: x }\nfunctions:\n  shop: { timeout: soon, entry: server.js, env: 3 }\n",
    problems: [
      'tidegate.yaml:1:18 gateway.port: expected a whole number from 0 to 65535, got "x"',
      'tidegate.yaml:3:20 functions.shop.timeout: expected a duration such as "500ms", "30s" or "2m" above 0, got "soon"',
      "tidegate.yaml:3:49 functions.shop.env: expected a mapping, got 3",
    ],
  },
];

describe("parseConfig tells file, line, column, field and what was expected", () => {
  test.each(malformed)("$name", ({ text, problems }) => {
    expect(problemsIn(text)).toEqual(problems);
  });
});

test("parseConfig reads a full configuration", () => {
  const text = `
functions:
  shop:
    entry: src/server.js
    args: [--seed]
    nodeArgs: [--max-old-space-size=256]
    cwd: src
    env: &env { LOG: debug, LIMIT: 3, SEED: true }
    routes: [Shop.example.com/api/, /shop]
    concurrency: 20
    timeout: 1.5m
    startTimeout: 500
    queue: { limit: 5, timeout: 250ms }
    scaling: { min: 1, max: 4, idle: 0, target: 0.5, stableWindow: 30s, panicWindow: 3s, panicThreshold: 3 }
  report:
    command: python3 report.py "a b"
    env: *env
    routes: ["*.example.org"]
gateway: { port: 8080, hostname: 127.0.0.1, trustProxy: true, maxHeaderBytes: 32768, keepAliveTimeout: 0, headersTimeout: 10s }
`;
  expect(parseConfig(text, "/app/tidegate.yaml", "tidegate.yaml")).toEqual({
    functions: [
      {
        name: "shop",
        entry: {
          kind: "node",
          file: "/app/src/server.js",
          args: ["--seed"],
          nodeArgs: ["--max-old-space-size=256"],
        },
        cwd: "/app/src",
        env: { LOG: "debug", LIMIT: "3", SEED: "true" },
        routes: [{ host: "shop.example.com", path: "/api" }, { path: "/shop" }],
        concurrency: 20,
        timeoutMs: 90_000,
        startTimeoutMs: 500,
        queueLimit: 5,
        queueTimeoutMs: 250,
        scaling: {
          minInstances: 1,
          maxInstances: 4,
          idleTimeoutMs: 0,
          targetUtilization: 0.5,
          stableWindowMs: 30_000,
          panicWindowMs: 3000,
          panicThreshold: 3,
        },
      },
      {
        name: "report",
        entry: { kind: "command", command: ["python3", "report.py", "a b"] },
        cwd: "/app",
        env: { LOG: "debug", LIMIT: "3", SEED: "true" },
        routes: [{ host: "*.example.org", path: "/" }],
        scaling: {},
      },
    ],
    port: 8080,
    hostname: "127.0.0.1",
    trustProxy: true,
    maxHeaderBytes: 32_768,
    keepAliveTimeoutMs: 0,
    headersTimeoutMs: 10_000,
  });
});

test("parseConfig gives an only function every request, and leaves the rest to the host's defaults", () => {
  expect(parseConfig("functions:\n  shop:\n    entry: server.js\n", "/app/tidegate.yaml", "tidegate.yaml")).toEqual({
    functions: [
      {
        name: "shop",
        entry: { kind: "node", file: "/app/server.js" },
        cwd: "/app",
        routes: [{ path: "/" }],
        scaling: {},
      },
    ],
  });
});
