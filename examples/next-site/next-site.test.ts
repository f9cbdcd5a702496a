import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { ways } from "../harness/driver.ts";
import type { Running } from "../harness/example.ts";
import { ensureBuilt } from "./build.ts";
import { handlerFile, shapes, throughEvents } from "./events/site-ways.ts";
import { tellStories } from "./stories.ts";

const cwd = import.meta.dirname;

beforeAll(() => ensureBuilt(), 180_000);

describe.each([
  ...ways.map((way) => ({ ...way, isStreamed: true })),
  ...shapes.map((shape) => ({ ...throughEvents(shape, handlerFile), isStreamed: shape === "web" })),
])("next-site $name", ({ start, isStreamed }) => {
  let running: Running;

  beforeAll(async () => {
    running = await start({ name: "next-site", cwd, entry: { kind: "node", file: join(cwd, "server.js") } });
  });
  afterAll(() => running?.stop());

  tellStories({ url: () => running.url, isStreamed });
});
