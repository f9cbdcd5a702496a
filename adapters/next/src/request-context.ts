import { getInvocation } from "@tidegate/http";

/** Where Next looks for what its platform can do, as its page about `after`, "Platform support", describes. */
const REQUEST_CONTEXT: unique symbol = Symbol.for("@next/request-context");

interface RequestContext {
  get(): { waitUntil(promise: PromiseLike<unknown>): void } | undefined;
}

/**
 * Lets Next's work after a response (`after`, pages made anew in the background) keep the invocation alive. Behind a
 * plain server there is none, and Next waits by itself.
 */
export function provideRequestContext(): void {
  const shared = globalThis as { [REQUEST_CONTEXT]?: RequestContext };
  // A platform that has its own knows better.
  shared[REQUEST_CONTEXT] ??= {
    get() {
      const invocation = getInvocation();
      return invocation && { waitUntil: (promise) => invocation.waitUntil(promise) };
    },
  };
}
