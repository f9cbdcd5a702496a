import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const cli = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const server = `
const http = require("node:http");
http.createServer((_, response) => { console.log("began"); setTimeout(() => response.end("done"), 500); }).listen(process.env.PORT);
`;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started {
  readonly npm: ChildProcess;
  readonly pid: number;
  until(pattern: RegExp): Promise<RegExpMatchArray>;
}

/** Runs `npm start` in a folder whose script serves an app, as leader of a process group of its own. */
async function npmStart(): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), "tidegate-npm-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  const start = `true && exec ${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} serve server.js --port 0 --host 127.0.0.1`;
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, scripts: { start } }));
  await writeFile(join(folder, "server.js"), server);
  const env = { ...process.env, npm_config_update_notifier: "false", XDG_RUNTIME_DIR: folder };
  const npm = spawn("npm", ["start"], { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const pid = npm.pid ?? 0;
  cleanups.push(async () => {
    if (npm.exitCode === null && npm.signalCode === null) process.kill(-pid, "SIGKILL");
  });
  let text = "";
  npm.stdout.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  let hasEnded = false;
  npm.stdout.once("close", () => {
    hasEnded = true;
  });
  const until = async (pattern: RegExp): Promise<RegExpMatchArray> => {
    for (;;) {
      const match = text.match(pattern);
      if (match !== null) return match;
      if (hasEnded) throw new Error(`npm start ended without printing ${pattern}: ${text}`);
      await Promise.race([once(npm.stdout, "data"), once(npm.stdout, "close")]);
    }
  };
  return { npm, pid, until };
}

test.each([
  { name: "SIGTERM to npm", signal: "SIGTERM", isGroup: false },
  { name: "Ctrl-C, which npm and its script both get", signal: "SIGINT", isGroup: true },
] as const)("under npm, $name lets the running request finish and stops the host", async ({ signal, isGroup }) => {
  const { npm, pid, until } = await npmStart();
  const [url] = await until(/http:\/\/127\.0\.0\.1:\d+/);
  const response = fetch(url);
  await until(/"msg":"began"/);
  const ended = once(npm, "close");
  process.kill(isGroup ? -pid : pid, signal);
  expect(await (await response).text()).toBe("done");
  expect(await ended).toEqual([0, null]);
  await until(/"type":"stopped"/);
});

test("the workspace's own start script hands its process over to the host", async () => {
  const manifest: unknown = JSON.parse(
    await readFile(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8"),
  );
  expect(manifest).toMatchObject({ scripts: { start: expect.stringMatching(/&& exec node \S+ serve \S+$/) } });
});
