import type { IncomingMessage, ServerResponse } from "node:http";
import type { Framework } from "@tidegate/http";

/** The part of a Next server that the adapter uses: Next's documented custom server API. */
export interface NextApp {
  /** Loads the built pages. */
  prepare(): PromiseLike<void>;
  /** Makes the function that answers requests. */
  getRequestHandler(): (request: IncomingMessage, response: ServerResponse) => PromiseLike<void>;
}

/** How a Next app becomes a listener. */
export const NEXT: Framework<NextApp> = {
  expected: "a Next app, a promise of one, or a function that makes one",
  isApp: (value): value is NextApp => {
    const app = value as Partial<NextApp> | null | undefined;
    return typeof app?.prepare === "function" && typeof app.getRequestHandler === "function";
  },
  async toListener(app) {
    await app.prepare();
    return app.getRequestHandler();
  },
};
