import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresStore } from "./postgres.js";
import { openSqliteStore } from "./sqlite.js";
import { storeContract } from "./store.contract.ts";
import { hasPostgres, openTestDatabase } from "./test-database.ts";

const folder = mkdtempSync(join(tmpdir(), "shop-store-"));
afterAll(() => rmSync(folder, { recursive: true }));

storeContract("the SQLite store", { open: () => openSqliteStore(join(folder, "contract")) });

describe.skipIf(!hasPostgres)("over PostgreSQL", () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database?.stop());

  storeContract("the PostgreSQL store", { open: () => openPostgresStore(database.url) });
});

describe("the SQLite store in several processes", () => {
  it("is created once when all open it at once, and places one order for one key", async () => {
    const script = new URL("./place-one-order.js", import.meta.url);
    const children = Array.from({ length: 6 }, () => fork(script, [join(folder, "processes")]));
    const answers = await Promise.all(children.map((child) => once(child, "message")));
    expect(answers.map(([answer]) => answer)).toEqual(Array(6).fill(answers[0]?.[0]));
  });
});
