import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { exampleRequests } from "../../examples/example-requests.ts";
import { sameBytes } from "../../examples/harness/same-bytes.ts";
import { startForked } from "../../examples/harness/start-hosted.ts";
import { canFork } from "./can-fork.ts";

const folder = mkdtempSync(join(tmpdir(), "same-bytes-forked-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!canFork)("the same bytes by itself and forked", () => {
  for (const [name, requests] of Object.entries(exampleRequests(folder))) {
    if (requests.example().entry.kind === "node") sameBytes(name, requests, startForked);
  }
});
