import { z } from "zod";
import type { ConfigFile, ConfigFunction, ConfigGateway } from "./config-file.ts";
import { duration, flag, numberAbove, text, texts, wholeNumber } from "./field.ts";
import { functionNamePattern } from "./function-name.ts";
import { parseRoute } from "./parse-route.ts";
import { splitCommand } from "./split-command.ts";

const most = Number.MAX_SAFE_INTEGER;
const mapping = { error: "a mapping" };

const scalingSchema = z
  .strictObject(
    {
      min: wholeNumber(0, 100_000, "Instances kept also without load (provisioned). Default 0.").optional(),
      max: wholeNumber(1, 100_000, "Most instances. Default 10.").optional(),
      idle: duration("How long a function without requests keeps its last instance. Default 30s.", "zero").optional(),
      target: numberAbove(
        0,
        1,
        "Part of concurrency that averages aim at; the rest is headroom. Default 0.7.",
      ).optional(),
      stableWindow: duration("Window that steady scaling looks at. Default 60s.").optional(),
      panicWindow: duration("Window that detects bursts. Default 6s.").optional(),
      panicThreshold: numberAbove(1, most, "A burst needs this many times the ready instances. Default 2.").optional(),
      maxScaleUpRate: numberAbove(1, most, "Most growth in one decision, as a multiple. Default 1000.").optional(),
      maxScaleDownRate: numberAbove(
        1,
        most,
        "Most shrinking in a third of the panic window, as a divisor. Default 2.",
      ).optional(),
      scaleDownDelay: duration("A smaller number must have been enough for this long. Default 0.", "zero").optional(),
    },
    mapping,
  )
  .describe("How instances follow requests.");

const queueSchema = z
  .strictObject(
    {
      limit: wholeNumber(
        0,
        most,
        "Most requests that may wait for an instance; one more gets 503. Default 10000.",
      ).optional(),
      timeout: duration(
        "Longest wait of a request for an instance; then it gets 503. Default: twice startTimeout, at least 60s.",
      ).optional(),
    },
    mapping,
  )
  .describe("Requests that wait for an instance.");

const commandError =
  'a program and its arguments, such as "python3 app.py" or ["python3", "app.py"]; what needs a shell is written ["sh", "-c", "..."]';

const commandSchema = z
  .union([z.string(), z.array(z.string())], { error: commandError })
  .transform((value, context): readonly [string, ...string[]] => {
    const [program, ...args] = typeof value === "string" ? (splitCommand(value) ?? []) : value;
    if (program !== undefined && program !== "") return [program, ...args];
    context.addIssue({ code: "custom", message: commandError });
    return z.NEVER;
  })
  .describe("Command in any language that serves HTTP on $PORT. Instead of entry.");

const routeSchema = z.string({ error: "a text" }).transform((value, context) => {
  const parsed = parseRoute(value);
  if (parsed.ok) return parsed.route;
  context.addIssue({ code: "custom", message: parsed.expected });
  return z.NEVER;
});

const envSchema = z
  .record(
    z.string().regex(/^[^=\0]+$/, { error: "a variable's name" }),
    z.union([z.string(), z.number(), z.boolean()], { error: "a text, a number, true or false" }).transform(String),
    mapping,
  )
  .describe("Environment of the instances, added to the host's own.");

const functionSchema: z.ZodType<ConfigFunction> = z
  .strictObject(
    {
      entry: text("Node program or module to run, relative to this file. Either this or command.", "a file").optional(),
      command: commandSchema.optional(),
      args: texts("Arguments of the Node program.").optional(),
      nodeArgs: texts('Flags for Node itself, such as "--max-old-space-size=256".').optional(),
      cwd: text(
        "Working directory of the instances, relative to this file. Default: this file's folder.",
        "a folder",
      ).optional(),
      env: envSchema.optional(),
      routes: z
        .array(routeSchema, { error: "a list of routes" })
        .min(1, { error: "a list of at least one route" })
        .describe(
          'Requests that belong to this function: "shop.example.com", "*.example.com", "/path" or "host/path". Default for an only function: "/".',
        )
        .optional(),
      concurrency: wholeNumber(1, 1_000_000, "Most invocations in flight in one instance. Default 100.").optional(),
      timeout: duration("Longest wait for a response's first byte, and longest drain. Default 60s.").optional(),
      startTimeout: duration("Longest time from an instance's start to ready. Default 30s.").optional(),
      queue: queueSchema.optional(),
      scaling: scalingSchema.optional(),
    },
    mapping,
  )
  .describe("A function: a named deployable unit.");

const gatewaySchema: z.ZodType<ConfigGateway> = z
  .strictObject(
    {
      port: wholeNumber(0, 65_535, "TCP port; 0 picks a free one. Default: $PORT, else 3000.").optional(),
      hostname: text("Address to bind. Default: all.", "an address or host name").optional(),
      trustProxy: flag("Keep the client's Forwarded and X-Forwarded-* and append to them. Default false.").optional(),
      maxHeaderBytes: wholeNumber(1024, 2 ** 24, "Largest head of a request, in bytes. Default 16384.").optional(),
      keepAliveTimeout: duration("How long an idle client connection is kept. Default 5s.", "zero").optional(),
      headersTimeout: duration("How long a client may take to send a request's head. Default 60s.").optional(),
    },
    mapping,
  )
  .describe("The gateway in front of all functions.");

/** The schema of `tidegate.yaml`. Each error's message says what was expected. */
export const configSchema: z.ZodType<ConfigFile> = z
  .strictObject(
    {
      functions: z
        .record(
          z.string().regex(functionNamePattern, {
            error: "a function's name of up to 63 lower case letters, digits and hyphens",
          }),
          functionSchema,
          { error: "a mapping of function names to functions" },
        )
        .describe("The functions, by name."),
      gateway: gatewaySchema.optional(),
    },
    { error: 'a mapping with "functions"' },
  )
  .describe("Configuration of a Tidegate host: functions and the gateway in front of them.");
