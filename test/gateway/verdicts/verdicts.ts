import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { HostErrorCode } from "@tidegate/host";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeRaw } from "../../raw-client.ts";
import { fixture, type Served, serveApp } from "../../served-app.ts";

/** What an app saw of a request. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  /** Lower-case names and values, in order. */
  readonly fields: readonly (readonly [string, string])[];
  readonly trailers: readonly string[];
}

/** A peer that reads strictly: Node 24's own server, nginx 1.22 and HAProxy 2.6 in front of it. */
type Peer = "node" | "nginx" | "haproxy";

/** Bytes that a client sends, and what must become of them. */
export interface Verdict {
  readonly name: string;
  readonly request: string;
  /** How the gateway refuses it; absent: it does not. */
  readonly refused?: readonly [status: number, code: HostErrorCode];
  /** What the app sees of each request; absent where it is refused by the gateway, or by the app's own server. */
  readonly seen?: readonly Partial<Seen>[];
  /** Header fields that the app must not see. */
  readonly unseen?: readonly string[];
  /** Peers that come to the same verdict. Node is asked in the test; the others were when the case was written. */
  readonly peers: readonly Peer[];
}

/** A complete request that follows each case, to tell where the server takes its end to be. */
const sentinel = "GET /sentinel HTTP/1.1\r\nHost: sentinel\r\nConnection: close\r\n\r\n";

const added = /^(?:x-forwarded-(?:for|host|proto)|forwarded|x-request-id)$/;

/** Runs a table of verdicts against the gateway in front of a Node app, and against Node itself. */
export function verdicts(title: string, cases: readonly Verdict[]): void {
  describe(title, () => {
    let served: Served;
    const plain = createServer(createRequire(import.meta.url)(fixture("seen.cjs")));
    beforeAll(async () => {
      served = await serveApp("seen.cjs");
      await new Promise<void>((resolve) => plain.listen(0, resolve));
    });
    afterAll(async () => {
      await served.stop();
      plain.close();
    });

    it.each(cases)("$name", async ({ request, refused, seen, unseen = [], peers }) => {
      const [ours, node] = await Promise.all([
        exchangeRaw(served.url, request + sentinel),
        exchangeRaw(`http://127.0.0.1:${(plain.address() as AddressInfo).port}`, request + sentinel),
      ]);
      const nodeAnswered = answers(node);
      const nodeRefuses = nodeAnswered.length === 0 || nodeAnswered.some(({ status }) => status >= 400);
      const answered = answers(ours);
      const refusal = answered.at(-1);
      if (refused !== undefined) {
        expect(refusal?.status, ours).toBe(refused[0]);
        expect(JSON.parse(refusal?.body ?? "null")).toMatchObject({ error: { code: refused[1] } });
        expect(ours).toMatch(/\r\nConnection: close\r\n/);
        expect(
          answered.slice(0, -1).every(({ status }) => status < 400),
          "nothing is read behind it",
        ).toBe(true);
        expect(nodeRefuses, "as Node does").toBe(peers.includes("node"));
        return;
      }
      if (seen === undefined) {
        expect(
          answered.some(({ status }) => status >= 400),
          "the app's server refuses it",
        ).toBe(true);
        expect(nodeRefuses, "as Node does").toBe(true);
        return;
      }
      expect(nodeRefuses && !peers.includes("node"), "Node reads it, too").toBe(nodeRefuses);
      const read = answered.map(({ body }) => seenOf(body));
      expect(read.at(-1)?.url, ours).toBe("/sentinel");
      expect(read.slice(0, -1)).toMatchObject(seen);
      for (const { fields } of read) for (const [name] of fields) expect(unseen).not.toContain(name);
      if (peers.includes("node")) expect(bare(read)).toEqual(bare(nodeAnswered.map(({ body }) => seenOf(body))));
    });
  });
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Final responses in the order they came. */
function answers(text: string): Answer[] {
  const found: Answer[] = [];
  for (let rest = text; rest !== ""; ) {
    const [, status = "0"] = /^HTTP\/1\.1 (\d{3})/.exec(rest) ?? [];
    const end = rest.indexOf("\r\n\r\n") + 4;
    const length = Number(/^content-length: (\d+)/im.exec(rest.slice(0, end))?.[1] ?? 0);
    if (!status.startsWith("1")) found.push({ status: Number(status), body: rest.slice(end, end + length) });
    rest = end < 4 ? "" : rest.slice(end + length);
  }
  return found;
}

function seenOf(body: string): Seen {
  const { method, url, body: content, rawHeaders, rawTrailers } = JSON.parse(body);
  const fields = rawHeaders.flatMap((name: string, at: number) =>
    at % 2 === 0 && !added.test(name.toLowerCase()) ? [[name.toLowerCase(), rawHeaders[at + 1]]] : [],
  );
  return { method, url, body: content, fields, trailers: rawTrailers };
}

/** What must not differ between a request that came through the gateway and one that did not. */
function bare(read: readonly Seen[]): object[] {
  return read.map(({ method, url, body, trailers }) => ({ method, url, body, trailers }));
}
