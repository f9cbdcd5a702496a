import { TidegateError } from "@tidegate/core";

type Members = Readonly<Record<string, unknown>>;

interface KnownApp {
  /** With its article. */
  readonly name: string;
  /** The package whose `toHandler` takes it. */
  readonly adapter: string;
  matches(app: Members): boolean;
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/** Apps that are easily given to the wrong package, by the members their adapters use. The first match is taken. */
const KNOWN_APPS: readonly KnownApp[] = [
  { name: "a NestJS app", adapter: "@tidegate/nest", matches: (app) => isFunction(app.getHttpAdapter) },
  {
    name: "a Koa app",
    adapter: "@tidegate/koa",
    matches: (app) => isFunction(app.callback) && Array.isArray(app.middleware),
  },
  {
    name: "a Fastify instance",
    adapter: "@tidegate/fastify",
    matches: (app) => isFunction(app.ready) && isFunction(app.routing),
  },
  {
    name: "a Hapi server",
    adapter: "@tidegate/hapi",
    matches: (app) => isFunction(app.initialize) && isFunction(app.inject),
  },
  { name: "a Next server", adapter: "@tidegate/next", matches: (app) => isFunction(app.getRequestHandler) },
  {
    name: "an Express app",
    adapter: "@tidegate/express",
    matches: (app) => isFunction(app) && isFunction(app.handle) && isFunction(app.use),
  },
  { name: "a fetch app", adapter: "@tidegate/fetch", matches: (app) => isFunction(app.fetch) },
  {
    name: "a web Response",
    adapter: "@tidegate/fetch",
    matches: (app) => isFunction(app.arrayBuffer) && typeof app.status === "number",
  },
];

/** Finds the framework of a value, to tell which package takes it. */
export function findKnownApp(value: unknown): { readonly name: string; readonly adapter: string } | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  return KNOWN_APPS.find((known) => known.matches(value as Members));
}

/** Tells a class from a function; classes cannot be called, and are given where an instance was meant. */
export function isClass(value: unknown): value is abstract new (...args: never[]) => unknown {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

function describe(value: unknown): string {
  const known = findKnownApp(value);
  if (known !== undefined) return `${known.name}, which the package "${known.adapter}" takes`;
  if (isClass(value)) return `the class "${value.name}" and no instance of it`;
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? "an object of another kind" : `a ${typeof value}`;
}

/**
 * Says what was expected and what was found instead, naming the package that takes it.
 *
 * @param expected with its article, such as "a Koa app"
 * @param value what was found
 */
export function invalidApp(expected: string, value: unknown): TidegateError {
  return new TidegateError(
    "TIDEGATE_APP_INVALID",
    `Cannot make a handler: expected ${expected}, found ${describe(value)}`,
  );
}
