import { AsyncLocalStorage } from "node:async_hooks";

/** What the platform passed beside the HTTP request, and what outlasts the response. */
export interface Invocation {
  /** Format of the event, such as `aws-http-v2`; `web` for a web `Request`. */
  readonly source: string;
  /** The event as the platform passed it; parsed, where it came as bytes. */
  readonly event: unknown;
  /** The platform's context argument. */
  readonly context: unknown;
  /** The platform's id of this invocation. */
  readonly requestId: string | undefined;
  /** When the app's time is over, in milliseconds since 1970; `undefined` where the platform does not tell. */
  readonly deadlineMs: number | undefined;
  /** Aborts when the client went away or the time is over, while the response is not complete; that of `req.signal`. */
  readonly signal: AbortSignal;
  /** See {@link waitUntil}. */
  waitUntil(promise: PromiseLike<unknown>): void;
}

/** What runs an app on behalf of a platform. */
export interface InvocationHolder {
  readonly invocation: Invocation;
}

// Found by name, so that an app's copy of this package knows the invocation that another copy, bundled with the
// handler, has started.
const STORAGE: unique symbol = Symbol.for("tidegate.invocations");
const HOLDER: unique symbol = Symbol.for("tidegate.invocation");

interface Shared {
  [STORAGE]?: AsyncLocalStorage<InvocationHolder>;
}

interface Carrier {
  [HOLDER]?: InvocationHolder;
}

const MAJOR = Number.parseInt(process.versions.node, 10);

let storage: AsyncLocalStorage<InvocationHolder> | undefined;

function openStorage(): AsyncLocalStorage<InvocationHolder> {
  const shared = globalThis as Shared;
  if (shared[STORAGE] === undefined) {
    shared[STORAGE] = new AsyncLocalStorage<InvocationHolder>();
    // Before Node 24 promises are followed from the first use on; a turn that is under way already would leave its
    // context behind. From then on this would leave a context behind, which every call would copy.
    if (MAJOR < 24) shared[STORAGE].run({} as InvocationHolder, () => {});
  }
  storage = shared[STORAGE];
  return storage;
}

/**
 * Calls a function as part of an invocation: it and all it starts find it with {@link getInvocation}.
 *
 * @param request the request that carries the invocation, too
 */
export function runInvocation<A extends unknown[], R>(
  holder: InvocationHolder,
  request: object | undefined,
  run: (...args: A) => R,
  ...args: A
): R {
  if (request !== undefined) (request as Carrier)[HOLDER] = holder;
  return (storage ?? openStorage()).run(holder, run, ...args);
}

const TURN: Promise<void> = Promise.resolve();

/**
 * Starts a function as part of an invocation, a turn of the microtask queue later.
 *
 * A turn of its own ends with whatever context it was given, so that nothing has to be put back: `run` would make a
 * second context for that, and leave it with the caller, whose next call copies it. That was 6 % of an Express app's call.
 *
 * @param request the request that carries the invocation, too
 */
export function startInvocation<A extends unknown[]>(
  holder: InvocationHolder,
  request: object,
  run: (...args: A) => void,
  ...args: A
): void {
  (request as Carrier)[HOLDER] = holder;
  const invocations = storage ?? openStorage();
  void TURN.then(() => {
    invocations.enterWith(holder);
    run(...args);
  });
}

/**
 * Finds the invocation the caller belongs to, for what HTTP cannot carry, such as an authorizer's claims.
 *
 * @param request the request an app was called with; needed only where asynchronous context is lost, as in the
 * callbacks of some connection pools
 * @returns `undefined` when the app runs as a plain HTTP server
 *
 * @example
 * app.get("/me", (req, res) => {
 *   res.json({ requestId: getInvocation()?.requestId });
 * });
 */
export function getInvocation(request?: object): Invocation | undefined {
  const holder = (request as Carrier | undefined)?.[HOLDER] ?? (storage ?? openStorage()).getStore();
  return holder?.invocation;
}

/**
 * Keeps the instance at work for something that may end after the response, such as writing statistics.
 *
 * Where the platform answers and stops the process in one, the answer waits for it, up to the deadline; where the
 * platform has a `waitUntil` of its own, that is used. Behind a plain server the process goes on by itself.
 *
 * @param promise the work; its failure is logged
 *
 * @example
 * app.post("/orders", (req, res) => {
 *   waitUntil(audit.write(req.body));
 *   res.status(202).end();
 * });
 */
export function waitUntil(promise: PromiseLike<unknown>): void {
  const invocation = getInvocation();
  if (invocation !== undefined) {
    invocation.waitUntil(promise);
    return;
  }
  Promise.resolve(promise).then(undefined, reportFailure);
}

/** Logs the failure of work nobody waits for. */
export function reportFailure(error: unknown): void {
  console.error("Cannot complete what waitUntil was given:", error);
}
