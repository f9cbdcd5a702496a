import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canFork } from "../can-fork.ts";
import { type App, apps } from "./app-table.ts";
import { forkTable, type Result } from "./fork-table.ts";
import { hasMariaDb, startMariaDb } from "./servers/mariadb.ts";
import { hasPostgres, startPostgres } from "./servers/postgres.ts";
import { generatePrismaClient } from "./servers/prisma-client.ts";
import { hasRedis, startRedis } from "./servers/redis.ts";
import { startUpstream } from "./servers/upstream.ts";
import { type Answer, type Siblings, serveSiblings } from "./siblings.ts";

const has = { postgres: hasPostgres, mariadb: hasMariaDb, redis: hasRedis };
const stops: (() => Promise<unknown>)[] = [];
const env: Record<string, string> = { GIVEN: "by the host", MONGO_URL: "mongodb://127.0.0.1:1/test" };
const results: Result[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tg-fork-packages-"));
  const start = async (name: string, server: Promise<{ url: string; stop(): Promise<unknown> }>): Promise<void> => {
    const { url, stop } = await server;
    stops.push(stop);
    env[name] = url;
  };
  await start("UPSTREAM", startUpstream());
  if (has.redis) await start("REDIS_URL", startRedis());
  if (has.mariadb) await start("MYSQL_URL", startMariaDb());
  if (has.postgres) await start("PG_URL", startPostgres());
  if (env.PG_URL) env.PRISMA_CLIENT = await generatePrismaClient(folder, env.PG_URL);
}, 120_000);

afterAll(async () => {
  const file = process.env.FORK_TABLE;
  if (file) await writeFile(file, forkTable(results));
  await Promise.all(stops.map((stop) => stop()));
  await rm(folder, { recursive: true, force: true });
});

describe("every package answers the same forked as from processes of their own, and no two instances share an id", () => {
  for (const app of apps) {
    const isMissing = app.needs !== undefined && !has[app.needs] && !process.env.CI;
    it.skipIf(isMissing || !canFork)(title(app), () => tryApp(app), 60_000);
  }
});

function title({ name, use, file }: App): string {
  return `${name}${use ? `, ${use}` : ""} (${file})`;
}

async function tryApp(app: App): Promise<void> {
  const answers: Answer[] = [];
  const run = async (start: "auto" | "process", count: number): Promise<Siblings> => {
    // Each run has files of its own: what one left behind is no answer of the other's.
    const dataDir = await mkdtemp(join(folder, "data-"));
    const siblings = await serveSiblings(app.file, start, count, { ...env, DATA_DIR: dataDir }, app.path);
    try {
      checkOwn(siblings);
      checkUnique([...siblings.answers.values()].flat());
      await app.also?.(siblings, dataDir);
    } finally {
      await siblings.stop();
    }
    answers.push(...[...siblings.answers.values()].flat());
    return siblings;
  };
  await run("process", 1);
  const { instances, template } = await run("auto", 2);
  const isForked = instances.every(({ start }) => start === "fork");
  results.push({ app, template, isForked });
  for (const { same } of answers) expect(same).toEqual(answers[0]?.same);
  // Numbers are counted by a database, and that of the other run may be another one.
  checkUnique(answers.map(({ ids, ...answer }) => ({ ...answer, ids: withoutNumbers(ids) })));
  expect({ forksAt: isForked ? template.point?.effect : "process", reason: template.reason }).toEqual({
    forksAt: app.forksAt,
    reason: app.forksAt === "process" ? expect.any(String) : null,
  });
}

/** What an instance keeps is its own, and stays the same. */
function checkOwn({ instances, answers }: Siblings): void {
  expect([...answers.keys()].sort()).toEqual(instances.map(({ pid }) => pid).sort());
  const kept = [...answers.values()].map((list) => {
    for (const { own } of list) expect(own).toEqual(list[0]?.own);
    return list[0]?.own ?? {};
  });
  for (const name of Object.keys(kept[0] ?? {})) {
    expect(new Set(kept.map((own) => own[name])).size, `"${name}" of each instance`).toBe(kept.length);
  }
}

/** What is drawn for each request was drawn once. */
function checkUnique(answers: readonly Answer[]): void {
  for (const name of Object.keys(answers[0]?.ids ?? {})) {
    const drawn = answers.map(({ ids }) => ids[name]);
    expect(new Set(drawn).size, `"${name}" of each answer: ${drawn.join(", ")}`).toBe(drawn.length);
  }
}

function withoutNumbers(ids: Answer["ids"]): Answer["ids"] {
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => typeof id === "string"));
}
