import { z } from "zod";
import type { ConfigFunction } from "../config-file.ts";
import { choice, duration, mapping, text, textLike, texts, wholeNumber } from "../field.ts";
import { parseRoute } from "../parse-route.ts";
import { splitCommand } from "../split-command.ts";
import { breakerSchema, healthSchema, recycleSchema } from "./health-schema.ts";
import { limitsSchema, queueSchema } from "./limits-schema.ts";
import { scalingSchema } from "./scaling-schema.ts";
import { warmUpSchema } from "./templates-schema.ts";

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

const affinitySchema = z
  .strictObject(
    {
      cookie: textLike(
        /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/,
        "Name of the cookie. Default tidegate-instance.",
        "a cookie's name, without spaces and separators",
      ).optional(),
      maxAge: duration("How long the cookie lasts. Default: until the browser closes.", "zero").optional(),
    },
    mapping,
  )
  .describe("Keeps the requests of one client on one instance, by a cookie. Default: no.");

/** A function. */
export const functionSchema: z.ZodType<ConfigFunction> = z
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
      timeout: duration(
        "Longest wait for a response's first byte and each further one, and longest drain. Default 60s.",
      ).optional(),
      startTimeout: duration("Longest time from an instance's start to ready. Default 30s.").optional(),
      streamIdle: duration("Longest silence of an event stream or WebSocket. Default: any.", "zero").optional(),
      protocol: choice(
        ["http1", "h2c"],
        "What a command's port speaks: HTTP/1.1, or HTTP/2 without TLS, as gRPC does. Default http1.",
      ).optional(),
      start: choice(
        ["auto", "fork", "process"],
        "How instances start: forked from a process that loaded the app once, or each as a process of its own; auto forks where that is safe. Default auto.",
      ).optional(),
      warmUp: warmUpSchema.optional(),
      limits: limitsSchema.optional(),
      affinity: affinitySchema.optional(),
      health: healthSchema.optional(),
      recycle: recycleSchema.optional(),
      breaker: breakerSchema.optional(),
      queue: queueSchema.optional(),
      scaling: scalingSchema.optional(),
    },
    mapping,
  )
  .describe("A function: a named deployable unit.");
