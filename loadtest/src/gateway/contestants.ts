import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../examples/harness/free-port.ts";
import { Stops } from "../benches/bench.ts";
import { nginxAdvice, startNginx } from "../peers/nginx.ts";
import { spawnApp, spawnAppOnSocket } from "../program/app-process.ts";
import { startProgram } from "../program/child-program.ts";
import { firstResponse } from "../program/first-response.ts";
import { startHostProcess } from "../program/host-process.ts";

/** The app of all contestants. */
export const helloFile: string = fileURLToPath(new URL("../apps/hello.js", import.meta.url));

const peers = {
  undici: new URL("../peers/undici-dispatch.ts", import.meta.url),
  httpxy: new URL("../peers/httpxy.ts", import.meta.url),
  httpProxy: new URL("../peers/http-proxy.ts", import.meta.url),
} as const;

/** Longer than any measurement: idle connections are to stay, in milliseconds. */
const keepAliveTimeoutMs = 600_000;

export interface Contestant {
  readonly name: string;
  /** How it reaches the app. */
  readonly app: string;
  readonly url: string;
  /** Where it speaks HTTP/2 without TLS; null where it does not. */
  readonly http2Url: string | null;
  /** Its only process; null where there is none between client and app. */
  readonly pid: number | null;
}

/** Starts the app and all that is put before it, has them used, and stops all. */
export async function withContestants<T>(
  log: (line: string) => void,
  use: (contestants: readonly Contestant[]) => Promise<T>,
): Promise<T> {
  const stops = new Stops();
  const socketDir = await mkdtemp(join(tmpdir(), "tidegate-bench-"));
  try {
    return await use(await startContestants(stops, join(socketDir, "app.sock"), log));
  } finally {
    await stops.all();
    await rm(socketDir, { recursive: true, force: true });
  }
}

async function startContestants(stops: Stops, socketPath: string, log: (line: string) => void): Promise<Contestant[]> {
  const app = stops.add(spawnApp(helloFile, await freePort()));
  const appOnSocket = stops.add(spawnAppOnSocket(helloFile, socketPath));
  await firstResponse(app.address);
  await firstResponse(appOnSocket.address);
  const target = new URL(app.address).origin;
  const peer = async (name: string, how: string, program: URL, address: string): Promise<Contestant> => {
    const { url, process: child } = stops.add(await startProgram(program, [address]));
    return { name, app: how, url, http2Url: null, pid: child.pid ?? 0 };
  };
  const host = stops.add(
    await startHostProcess(
      [
        {
          name: "hello",
          entry: { kind: "node", file: helloFile },
          concurrency: 1000,
          scaling: { minInstances: 1, provisioned: 1, maxInstances: 1 },
        },
      ],
      { keepAliveTimeoutMs },
    ),
  );
  const nginx = await startNginx(target);
  if (nginx === null) log(nginxAdvice);
  else stops.add(nginx);
  return [
    { name: "tidegate", app: "its instance, Unix socket", url: host.url, http2Url: host.url, pid: host.pid },
    ...(nginx === null ? [] : [{ name: "nginx", app: "TCP", ...nginx }]),
    await peer("undici", "TCP", peers.undici, target),
    await peer("undici_unix", "Unix socket", peers.undici, `unix:${socketPath}`),
    await peer("httpxy", "TCP", peers.httpxy, target),
    await peer("http_proxy", "TCP", peers.httpProxy, target),
    { name: "direct", app: "no proxy", url: target, http2Url: null, pid: null },
  ];
}
