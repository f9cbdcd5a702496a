import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { exampleRequests } from "./example-requests.ts";
import { sameBytes } from "./harness/same-bytes.ts";
import { startHosted } from "./harness/start-hosted.ts";

const folder = mkdtempSync(join(tmpdir(), "same-bytes-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the same bytes by itself and through the host", () => {
  for (const [name, requests] of Object.entries(exampleRequests(folder))) sameBytes(name, requests, startHosted);
});
