import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a runtime sent as the result of one invocation. */
export interface Upload {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: NodeJS.Dict<string>;
}

/** One invocation, from the side of Lambda. */
export class Invocation {
  readonly event: unknown;
  readonly id: string;
  /** The upload, once its headers are there. Its body is read when somebody asks for it. */
  readonly begun: Promise<IncomingMessage>;
  #begin: (upload: IncomingMessage) => void = () => {};

  constructor(event: unknown, id: string) {
    this.event = event;
    this.id = id;
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  begin(upload: IncomingMessage): void {
    this.#begin(upload);
  }

  /** Reads the upload until a text has come. */
  async readUntil(text: string): Promise<string> {
    const upload = await this.begun;
    let seen = "";
    while (!seen.includes(text)) {
      const chunk: Buffer | null = upload.read();
      if (chunk !== null) seen += chunk.toString("latin1");
      else await once(upload, "readable");
    }
    return seen;
  }

  /** Reads what is left of the upload. */
  async finish(): Promise<Upload> {
    const upload = await this.begun;
    const chunks: Buffer[] = [];
    for await (const chunk of upload) chunks.push(chunk);
    const { url = "", headers, trailers } = upload;
    return { path: url, headers, body: Buffer.concat(chunks), trailers };
  }
}

/** Lambda's side of the Runtime API: hands out events and takes the results. Format: Lambda developer guide, "Runtime API". */
export class RuntimeApi {
  readonly #server = createServer((request, response) => this.#serve(request, response));
  readonly #waiting: Invocation[] = [];
  readonly #running = new Map<string, Invocation>();
  #poll: ServerResponse | undefined;
  #count = 0;

  /** @returns the value of AWS_LAMBDA_RUNTIME_API */
  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Gives an event to the runtime as soon as it asks for one. */
  invoke(event: unknown): Invocation {
    this.#count += 1;
    const invocation = new Invocation(event, `00000000-0000-4000-8000-${String(this.#count).padStart(12, "0")}`);
    this.#waiting.push(invocation);
    this.#handOut();
    return invocation;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === "GET" && request.url === "/2018-06-01/runtime/invocation/next") {
      this.#poll = response;
      this.#handOut();
      return;
    }
    const [, id = ""] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\//.exec(request.url ?? "") ?? [];
    request.once("end", () => response.writeHead(202).end());
    this.#running.get(id)?.begin(request);
  }

  #handOut(): void {
    if (this.#poll === undefined) return;
    const invocation = this.#waiting.shift();
    if (invocation === undefined) return;
    this.#running.set(invocation.id, invocation);
    this.#poll.setHeader("Lambda-Runtime-Aws-Request-Id", invocation.id);
    this.#poll.setHeader("Lambda-Runtime-Deadline-Ms", String(Date.now() + 60_000));
    this.#poll.setHeader(
      "Lambda-Runtime-Invoked-Function-Arn",
      "arn:aws:lambda:eu-west-1:210987654321:function:orders",
    );
    this.#poll.setHeader("Content-Type", "application/json");
    this.#poll.end(JSON.stringify(invocation.event));
    this.#poll = undefined;
  }
}
