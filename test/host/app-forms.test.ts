import { readFileSync } from "node:fs";
import type { FunctionOptions } from "@tidegate/host";
import { afterEach, describe, expect, it } from "vitest";
import { fixture, type Served, serveApp } from "../served-app.ts";

let served: Served | null = null;
afterEach(() => served?.stop());

async function serve(entry: FunctionOptions["entry"], options: Partial<FunctionOptions> = {}): Promise<Served> {
  served = await serveApp(entry, options);
  return served;
}

const node = (name: string): FunctionOptions["entry"] => ({ kind: "node", file: fixture(`forms/${name}`) });

describe("every form of an app is served as it is", () => {
  const forms: { name: string; entry: FunctionOptions["entry"]; answer: string }[] = [
    { name: "a CommonJS module that exports a listener", entry: node("listener.cjs"), answer: "listener /a?b=c" },
    { name: "a module that exports an Express app", entry: node("express.mjs"), answer: "express /a?b=c" },
    {
      name: "a module that exports a promise of an http.Server",
      entry: node("named-async.mjs"),
      answer: "server /a?b=c",
    },
    { name: "a module that exports an object with fetch", entry: node("fetch.mjs"), answer: "fetch GET /a" },
    { name: "a module that exports a fetch function", entry: node("fetch-function.mjs"), answer: "fetch GET /a" },
    { name: "a module that exports an adapter's handler", entry: node("handler.mjs"), answer: "handler /a?b=c" },
    { name: "a TypeScript module", entry: node("typed.ts"), answer: "typed /a?b=c" },
    { name: "a program that calls listen()", entry: node("program.cjs"), answer: "program /a?b=c" },
    {
      name: "a command in another language",
      entry: { kind: "command", command: ["python3", "-u", fixture("forms/server.py")] },
      answer: "python /a?b=c",
    },
    {
      name: "a shell line that starts a server as its child",
      entry: { kind: "command", command: ["sh", "-c", `python3 -u "${fixture("forms/server.py")}"; true`] },
      answer: "python /a?b=c",
    },
  ];
  it.each(forms)("$name", async ({ entry, answer }) => {
    const { url } = await serve(entry);
    for (let count = 0; count < 3; count++) expect(await (await fetch(`${url}/a?b=c`)).text()).toBe(answer);
  });

  it("bodies reach a fetch handler, and its headers the client", async () => {
    const { url } = await serve(node("fetch.mjs"));
    const response = await fetch(`${url}/a`, { method: "POST", body: "some body" });
    expect(await response.text()).toBe("fetch POST /a some body");
    expect(response.headers.get("x-from")).toBe("fetch");
  });
});

describe("a program notices nothing", () => {
  it("of its socket: address, arguments, environment and other servers are its own", async () => {
    const entry = { kind: "node", file: fixture("forms/program.cjs"), args: ["--verbose"] } as const;
    const { url, event } = await serve(entry);
    const seen: unknown = await (await fetch(`${url}/address`)).json();
    expect(seen).toEqual({
      address: "127.0.0.1",
      family: "IPv4",
      port: 8123,
      execArgv: [],
      // As the host has them itself.
      env: Object.keys(process.env).filter((name) => name.startsWith("TIDEGATE")),
      argv: ["--verbose"],
    });
    await event("output", ({ line }) => line === "listening on 8123");
    const { line } = await event("output", (output) => output.line.startsWith("metrics on "));
    expect(await (await fetch(`http://127.0.0.1:${line.split(" ").at(-1)}`)).text()).toBe("metrics");
  });

  it("of the gateway: req.ip and req.protocol are the client's", async () => {
    const { url } = await serve(node("express.mjs"));
    expect(await (await fetch(`${url}/ip`)).text()).toMatch(/^express (::1|127\.0\.0\.1) http$/);
  });

  it("even when it listens after its exports were served", async () => {
    const { url } = await serve(node("late.mjs"));
    let answer = "";
    while (answer !== "late /a") answer = await (await fetch(`${url}/a`)).text();
  });
});

describe("instances end with their host", () => {
  // What a killed host leaves falls to this process, which hosts of other tests have made a subreaper. It takes what has
  // ended every ten seconds only: a zombie is at its end all the same.
  const isAlive = (pid: number): boolean => {
    try {
      if (!process.kill(pid, 0)) return false;
      return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
    } catch {
      return false;
    }
  };

  it.each([
    ["a Node program", node("program.cjs")],
    ["a command", { kind: "command", command: ["python3", "-u", fixture("forms/server.py")] } as const],
  ])("%s, when the host is killed", async (_name, entry) => {
    const { spawn } = await import("node:child_process");
    const program = `
      import { createHost } from ${JSON.stringify(import.meta.resolve("@tidegate/host"))};
      const host = createHost({ port: 0, functions: [{ name: "app", entry: ${JSON.stringify(entry)} }] });
      await host.start();
      await fetch(host.url);
      console.log(host.instances()[0].pid);`;
    const host = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = await new Promise<number>((resolve) => host.stdout.once("data", (line) => resolve(Number(line))));
    expect(isAlive(pid)).toBe(true);
    host.kill("SIGKILL");
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});
