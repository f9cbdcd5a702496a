import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Running } from "../harness/example.ts";
import { startPlain } from "../harness/start-plain.ts";
import { createShopper, PNG } from "./shopper.ts";
import { hasPostgres, openTestDatabase } from "./store/test-database.ts";

const cwd = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), "shop-two-"));
afterAll(() => rmSync(folder, { recursive: true }));

function start(env: Record<string, string>): Promise<Running> {
  return startPlain({ name: "mini-program", cwd, entry: { kind: "node", file: join(cwd, "server.js") }, env });
}

// Both start at once on an empty store, as instances do that a burst brings up.
async function oneShopInTwoInstances(env: Record<string, string>): Promise<void> {
  const [one, two] = await Promise.all([start(env), start(env)]);
  const ann = await createShopper(one.url, "ann");
  const order = { items: [{ productId: "cups", quantity: 1 }] };
  const annAtTwo = { ...ann, ...(await createShopper(two.url, "ann")) };
  expect(annAtTwo.userId).toBe(ann.userId);

  const answers = await Promise.all([1, 2, 3, 4].map((i) => (i % 2 ? ann : annAtTwo).order("k", order)));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);

  // The session of one instance holds in the other.
  const headers = { Authorization: `Bearer ${ann.token}` };
  const seen = await fetch(`${two.url}/api/orders/${answers[0]?.body.id}`, { headers });
  expect(seen.status).toBe(200);
  const { body: image } = await ann.upload(PNG, "a.png");
  expect((await fetch(`${two.url}/api/images/${image.id}`)).status).toBe(200);

  // An instance that stops ends its streams, and the other goes on with them.
  const stream = await ann.events(answers[0]?.body.id);
  await one.stop();
  const lastId = [...(await stream.text()).matchAll(/^id: (\d)$/gm)].at(-1)?.[1] ?? "";
  expect(await (await annAtTwo.events(answers[0]?.body.id, lastId)).text()).toMatch(/"status":"delivered"/);
  await two.stop();
}

describe("two instances of the mini program", () => {
  it("are one shop over SQLite", () => oneShopInTwoInstances({ DATA_DIR: folder, ORDER_STEP_MS: "300" }));

  it.skipIf(!hasPostgres)("are one shop over PostgreSQL", async () => {
    const database = await openTestDatabase();
    await oneShopInTwoInstances({ DATABASE_URL: database.url, ORDER_STEP_MS: "300" });
    await database.stop();
  });
});
