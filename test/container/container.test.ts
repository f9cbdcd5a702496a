import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShopper, PNG, type Shopper } from "../../examples/mini-program/shopper.ts";
import { type AppContainer, runApp } from "./app-container.ts";
import { createBaseImage } from "./base-image.ts";
import { type ContainerTools, createContainerTools, installHint, missingPrograms } from "./container-tools.ts";
import { startUpload } from "./slow-upload.ts";

const workspace = join(import.meta.dirname, "../..");
const image = "localhost/tidegate-test-mini-program";
const volume = "shop";

/** Prints state, user and command of every process in the container, but for its own. */
const listProcesses = `
  const { readdirSync, readFileSync } = require("node:fs");
  const read = (pid, file) => readFileSync("/proc/" + pid + "/" + file, "utf8");
  const pids = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid);
  console.log(JSON.stringify(pids.map((pid) => ({
    pid: Number(pid),
    state: /^State:\\s+(\\S)/m.exec(read(pid, "status"))[1],
    uid: Number(/^Uid:\\s+([0-9]+)/m.exec(read(pid, "status"))[1]),
    command: read(pid, "cmdline").split("\\0").slice(0, -1),
  }))));
`;

interface ContainerProcess {
  readonly pid: number;
  readonly state: string;
  readonly uid: number;
  readonly command: readonly string[];
}

async function processesIn(container: AppContainer): Promise<ContainerProcess[]> {
  return JSON.parse(await container.exec("node", "-e", listProcesses)) as ContainerProcess[];
}

/** pnpm's store on this machine, so that the build need not download what the workspace has. Null when not known. */
function pnpmStore(): string | null {
  const file = join(workspace, "node_modules/.modules.yaml");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const [, versioned] = /"?storeDir"?:\s*"?([^",\n]+)/.exec(text) ?? [];
  return versioned === undefined ? null : join(versioned, "..");
}

const missing = missingPrograms();
const problem = `Cannot test the container image: ${missing.join(", ")} not found; run ${installHint}`;
const isSkipped = missing.length > 0 && process.env.CI === undefined;
if (isSkipped) console.warn(`SKIPPED test/container. ${problem}`);

describe.skipIf(isSkipped)("container image", () => {
  let tools: ContainerTools | undefined;
  let baseImage = "";
  let shop: AppContainer;
  let ann: Shopper;

  const podman = (...args: string[]): Promise<string> => (tools as ContainerTools).podman(...args);

  beforeAll(async () => {
    if (missing.length > 0) throw new Error(problem);
    tools = createContainerTools();
    baseImage = await createBaseImage(tools);
    const store = pnpmStore();
    const volumes = store === null ? [] : ["--volume", `${store}:/root/.local/share/pnpm/store`];
    const args = ["--build-arg", `BASE_IMAGE=${baseImage}`, "--build-arg", "APP=examples/mini-program"];
    await tools.build(...volumes, ...args, "--tag", image, "--file", join(workspace, "Containerfile"), workspace);
    const env = { ORDER_STEP_MS: "60000" };
    shop = await runApp(tools, { image, name: "shop", volume, env });
  }, 280_000);
  afterAll(() => tools?.close());

  it("says who runs it, on which port, with which data and how its health is asked", async () => {
    const [{ Config: config, Healthcheck: healthCheck }] = JSON.parse(await podman("image", "inspect", image));
    expect(config).toMatchObject({
      User: "1000:1000",
      ExposedPorts: { "8080/tcp": {} },
      Volumes: { "/data": {} },
      Entrypoint: ["node", "/opt/tidegate/dist/main.mjs"],
      Cmd: ["serve"],
    });
    expect(healthCheck.Test.slice(0, 3)).toEqual(["CMD", "node", "-e"]);
    expect(config.Env).toEqual(expect.arrayContaining(["PORT=8080", "DATA_DIR=/data", "NODE_ENV=production"]));
  });

  it("adds little to its base image", async () => {
    const [added = 0, base = 0] = JSON.parse(await podman("image", "inspect", image, baseImage)).map(
      ({ Size }: { Size: number }) => Size,
    );
    console.info(`image ${megabytes(added)} MB, of which base ${megabytes(base)} MB`);
    expect(added - base).toBeLessThan(30e6);
  });

  it("is healthy on the port that PORT says before any instance runs", async () => {
    const health = await fetch(`${shop.url}/_tidegate/health`);
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
    await podman("healthcheck", "run", shop.name);
    expect(JSON.parse(await shop.exec("tidegate", "ps", "--json"))).toEqual([]);
  });

  it("serves the app", async () => {
    const page = await fetch(shop.url);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>")]);
    ann = await createShopper(shop.url, "ann");
    const { body: shelf } = await ann.send("GET", "/api/products");
    const productId: string = shelf.products[0].id;
    const placed = await ann.order("first", { items: [{ productId, quantity: 1 }] });
    expect(placed).toMatchObject({ status: 201, body: { status: "placed" } });
    const again = await ann.order("first", { items: [{ productId, quantity: 1 }] });
    expect(again.body.id).toBe(placed.body.id);
  });

  it("lists its one instance by `tidegate ps` in the container", async () => {
    const instances = JSON.parse(await shop.exec("tidegate", "ps", "--json"));
    expect(instances).toEqual([expect.objectContaining({ function: "app", state: "ready", inFlight: 0 })]);
  });

  it("runs Tidegate as the first process, and nothing as root", async () => {
    const processes = await processesIn(shop);
    expect(processes.find(({ pid }) => pid === 1)?.command).toEqual(["node", "/opt/tidegate/dist/main.mjs", "serve"]);
    expect(processes.length).toBeGreaterThanOrEqual(2);
    expect(new Set(processes.map(({ uid }) => uid))).toEqual(new Set([1000]));
  });

  it("lets a running request finish at SIGTERM, ends event streams, and exits with 0", async () => {
    const { body: order } = await ann.order("live", { items: [{ productId: "lantern", quantity: 1 }] });
    const stream = (await ann.events(order.id)).text();
    const upload = await startUpload(`${shop.url}/api/images`, ann.token, PNG);

    const startedAt = performance.now();
    await shop.terminate();
    await shop.logged(({ type }) => type === "stopping");
    // A new connection, as one that is kept may carry one more request.
    await expect(once(connect(Number(new URL(shop.url).port), "127.0.0.1"), "connect")).rejects.toThrow("ECONNREFUSED");
    expect(await upload.finish()).toBe(201);
    // Minutes before it would end by itself; its client comes back, to another container.
    await stream.catch(() => "broken off");
    expect(await shop.exited).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it("keeps data in its volume, and takes options of `tidegate serve`", async () => {
    const args = ["serve", "--idle", "200ms"];
    const second = await runApp(tools as ContainerTools, { image, name: "shop-again", volume, env: {}, args });
    expect(second.port).not.toBe(shop.port);
    const again = await createShopper(second.url, "ann");
    expect(again.userId).toBe(ann.userId);
    expect((await again.send("GET", "/api/orders")).body.orders).toHaveLength(2);

    await second.logged(({ type, state }) => type === "instance" && state === "stopped");
    expect(JSON.parse(await second.exec("tidegate", "ps", "--json"))).toEqual([]);
    // A stopped instance is gone, not a zombie. What is left is the host, and the template with its child.
    const left = await processesIn(second);
    expect(left.filter(({ state }) => state === "Z")).toEqual([]);
    const servers = left.filter(({ command }) => command.includes("/app/server.js"));
    expect(servers.every(({ command }) => command.includes("--single-threaded"))).toBe(true);

    await second.terminate();
    expect(await second.exited).toBe(0);
  });
});

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
