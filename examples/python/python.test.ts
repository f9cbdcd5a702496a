import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ways } from "../harness/driver.ts";
import type { Running } from "../harness/example.ts";

describe.each(ways)("python $name", ({ start }) => {
  let running: Running;

  beforeAll(async () => {
    const entry = { kind: "command" as const, command: ["python3", "app.py"] as [string, string] };
    running = await start({ name: "python", cwd: import.meta.dirname, entry });
  });
  afterAll(() => running?.stop());

  it("answers text and JSON", async () => {
    expect(await (await fetch(running.url)).text()).toBe("Python's own web server\n");
    const response = await fetch(`${running.url}/api/squares?n=4`);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ squares: [0, 1, 4, 9] });
  });

  it("takes a form", async () => {
    const body = new URLSearchParams([
      ["tea", "龙井"],
      ["tea", "puer"],
      ["note", ""],
    ]);
    const response = await fetch(`${running.url}/form`, { method: "POST", body });
    expect(await response.json()).toEqual({ tea: ["龙井", "puer"], note: [""] });
  });

  it("takes a form of unknown length", async () => {
    const response = await fetch(`${running.url}/form`, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new Blob(["name=Ann"]).stream(),
      duplex: "half",
    });
    expect(await response.json()).toEqual({ name: ["Ann"] });
  });

  it("streams: a line arrives long before the last one is written", async () => {
    const response = await fetch(`${running.url}/stream?n=3&ms=400`);
    const arrivals: number[] = [];
    let text = "";
    for await (const chunk of response.body ?? []) {
      arrivals.push(performance.now());
      text += Buffer.from(chunk);
    }
    expect(text).toBe("line 0\nline 1\nline 2\n");
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(500);
  });

  it("serves several requests at once", async () => {
    const begin = performance.now();
    await Promise.all([1, 2, 3, 4].map(async () => (await fetch(`${running.url}/stream?n=2&ms=500`)).text()));
    expect(performance.now() - begin).toBeLessThan(1500);
  });

  it("refuses what does not fit", async () => {
    const form = (path: string, body: string | URLSearchParams) =>
      fetch(running.url + path, { method: "POST", body }).then((response) => response.status);
    expect((await fetch(`${running.url}/nothing`)).status).toBe(404);
    expect((await fetch(`${running.url}/api/squares?n=many`)).status).toBe(400);
    expect(await form("/nothing", new URLSearchParams({ a: "1" }))).toBe(404);
    expect(await form("/form", "plain text")).toBe(415);
  });
});
