import { request } from "node:http";
import { join } from "node:path";
import type { InstanceInfo, StartMode, TemplateInfo } from "@tidegate/core";
import { createHost, type Host } from "@tidegate/host";

/** What an app of `apps` answers `GET /` with; `apps/contract.cjs` says what the parts are. */
export interface Answer {
  readonly pid: number;
  readonly ids: Readonly<Record<string, string | number>>;
  readonly own: Readonly<Record<string, string | number>>;
  readonly same: unknown;
}

/** Instances of an app that run at the same time. */
export interface Siblings {
  readonly host: Host;
  /** Where the gateway is asked; an address, so that every client has the same one. */
  readonly url: string;
  readonly instances: readonly InstanceInfo[];
  /** Two answers of each instance, by its process id. */
  readonly answers: ReadonlyMap<number, readonly Answer[]>;
  readonly template: TemplateInfo;
  /** Lines that they wrote. */
  readonly output: readonly { readonly instance: string; readonly line: string }[];
  stop(): Promise<void>;
}

/**
 * Serves an app with that many instances at once, and asks each of them twice.
 *
 * @param file of `apps`
 * @param path what is asked for
 */
export async function serveSiblings(
  file: string,
  start: StartMode,
  count: number,
  env: Readonly<Record<string, string>>,
  path = "/",
): Promise<Siblings> {
  const output: { instance: string; line: string }[] = [];
  let changed = (): void => {};
  const host = createHost({
    port: 0,
    hostname: "127.0.0.1",
    functions: [
      {
        name: "app",
        entry: { kind: "node", file: join(import.meta.dirname, "apps", file) },
        env,
        start,
        // With one invocation at a time, as many at once reach as many instances.
        concurrency: 1,
        scaling: { minInstances: count, maxInstances: count },
      },
    ],
    onEvent: (event) => {
      if (event.type === "output") output.push({ instance: event.instance, line: event.line });
      // That it is no fork is told by the template as well.
      if (event.type === "problem" && event.code !== "TIDEGATE_FORK_UNFIT")
        output.push({ instance: "host", line: `${event.code}: ${event.message}` });
      changed();
    },
  });
  await host.start();
  const url = `http://127.0.0.1:${host.port}`;
  const ready = (): boolean => host.instances().filter(({ state }) => state === "ready").length >= count;
  const failed = (): boolean => output.some(({ instance }) => instance === "host");
  await new Promise<void>((resolve) => {
    changed = () => {
      if (ready() || failed()) resolve();
    };
    changed();
  });
  try {
    if (!ready()) throw new Error(`"${file}" does not start: ${JSON.stringify(output, null, 1)}`);
    const answers = await askAll(url, path, count);
    const [info] = host.functions();
    if (info === undefined) throw new Error("The host serves no function");
    const { template } = info;
    return { host, url, instances: host.instances(), answers, template, output, stop: () => host.stop() };
  } catch (error) {
    await host.stop();
    throw error;
  }
}

async function askAll(url: string, path: string, count: number): Promise<Map<number, Answer[]>> {
  const answers = new Map<number, Answer[]>();
  // An app's first answer may come before the next request is read: then one instance has both.
  for (let round = 0; round < 20; round++) {
    const asked = Array.from({ length: count }, () => ask(url, path));
    for (const answer of await Promise.all(asked)) {
      answers.set(answer.pid, [...(answers.get(answer.pid) ?? []), answer]);
    }
    if (answers.size === count && [...answers.values()].every(({ length }) => length >= 2)) return answers;
  }
  throw new Error(`After 20 rounds not every instance has answered: ${JSON.stringify([...answers])}`);
}

/** Asks on a connection of its own. */
function ask(url: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(readAnswer(text));
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

// A GraphQL server wraps it.
function readAnswer(text: string): Answer {
  const parsed = JSON.parse(text) as Answer | { readonly data: { readonly answer: string } };
  return "data" in parsed ? (JSON.parse(parsed.data.answer) as Answer) : parsed;
}
