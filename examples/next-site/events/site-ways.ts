import type { Way } from "../../harness/driver.ts";
import type { Example } from "../../harness/example.ts";
import { startPlain } from "../../harness/start-plain.ts";

/** Formats of events the site is tried with: one of each family, and the web standard, which streams. */
export const shapes = ["aws-http-v2", "aws-alb-multi", "alibaba-fc3", "web"] as const;

/** The site as a handler, through Next's custom server API. */
export const handlerFile: string = new URL("handler.js", import.meta.url).pathname;

const front = new URL("event-front.ts", import.meta.url).pathname;

/** Runs a handler of the site behind a front door that makes events of requests. */
export function throughEvents(
  shape: (typeof shapes)[number] | "lambda-stream",
  handler: string,
  isReadOnly = false,
): Way {
  return {
    name: `through ${shape}`,
    start: (example) =>
      startPlain({ ...example, entry: nodeEntry(isReadOnly), env: { SHAPE: shape, HANDLER: handler } }),
  };
}

// Root may write what is marked read-only, so it runs the program as nobody.
function nodeEntry(isReadOnly: boolean): Example["entry"] {
  if (!isReadOnly || process.getuid?.() !== 0) return { kind: "node", file: front };
  const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
  return { kind: "command", command: ["setpriv", ...asNobody, process.execPath, front] };
}
