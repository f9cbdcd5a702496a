import { rename, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Served, serveApp } from "../../served-app.ts";
import { ask, connectHttp2 } from "../http2/http2-client.ts";
import { type CertificateFolder, certificateFolder } from "./test-certificates.ts";

let folder: CertificateFolder;
let shop: Awaited<ReturnType<CertificateFolder["make"]>>;
let wild: Awaited<ReturnType<CertificateFolder["make"]>>;
let served: Served | null = null;

beforeAll(async () => {
  folder = await certificateFolder();
  shop = await folder.make("shop", ["shop.example", "localhost", "127.0.0.1"]);
  wild = await folder.make("wild", ["*.example"]);
});
afterAll(() => folder.remove());
afterEach(async () => {
  await served?.stop();
  served = null;
});

const portOf = ({ url }: Served): number => Number(new URL(url).port);

interface TlsClientOptions {
  readonly servername?: string;
  readonly ALPNProtocols?: string[];
  readonly maxVersion?: "TLSv1.1";
  readonly session?: Buffer;
  readonly socket?: Socket;
}

function connectTls(port: number, options: TlsClientOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { port, host: "127.0.0.1", rejectUnauthorized: false, ciphers: "DEFAULT@SECLEVEL=0", ...options },
      () => resolve(socket),
    );
    socket.once("error", reject);
  });
}

async function certificateOf(port: number, servername?: string): Promise<PeerCertificate> {
  const socket = await connectTls(port, servername === undefined ? {} : { servername });
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

function answerOver(socket: TLSSocket, request: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("end", () => resolve(text));
    socket.write(request);
  });
}

const echoRequest = "GET /echo HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n";

describe("TLS", () => {
  it("serves HTTP/1.1, and the app is told", async () => {
    served = await serveApp("app.js", {}, { tls: [shop] });
    expect(served.url).toMatch(/^https:\/\/localhost:/);
    const body = await new Promise<string>((resolve, reject) => {
      get(`${served?.url}/echo`, { ca: shop.cert }, (response) => {
        response.setEncoding("utf8").once("data", resolve);
      }).once("error", reject);
    });
    const { rawHeaders } = JSON.parse(body) as { rawHeaders: string[] };
    expect(rawHeaders[rawHeaders.indexOf("X-Forwarded-Proto") + 1]).toBe("https");
    expect((await served.record("/echo")).protocol).toBe("http/1.1");
  });

  it("serves HTTP/2 by ALPN", async () => {
    served = await serveApp("app.js", {}, { tls: [shop] });
    const session = await connectHttp2(served.url, { ca: shop.cert });
    expect(session.alpnProtocol).toBe("h2");
    const { body } = await ask(session, { ":path": "/echo" });
    expect(body).toContain('"X-Forwarded-Proto","https"');
    session.close();
  });

  it("offers HTTP/1.1 alone where HTTP/2 is off, and no preface changes that", async () => {
    served = await serveApp("app.js", {}, { tls: [shop], http2: false });
    const socket = await connectTls(portOf(served), { ALPNProtocols: ["h2", "http/1.1"] });
    expect(socket.alpnProtocol).toBe("http/1.1");
    expect(await answerOver(socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).toMatch(/^HTTP\/1\.1 505 /);
  });

  it("chooses the certificate by name: exact before wildcard, the first for others and for none", async () => {
    served = await serveApp("app.js", {}, { tls: [wild, shop] });
    const port = portOf(served);
    expect((await certificateOf(port, "shop.example")).subject.CN).toBe("shop.example");
    expect((await certificateOf(port, "SHOP.example")).subject.CN).toBe("shop.example");
    expect((await certificateOf(port, "other.example")).subject.CN).toBe("*.example");
    expect((await certificateOf(port, "a.b.example")).subject.CN).toBe("*.example");
    expect((await certificateOf(port, "elsewhere.test")).subject.CN).toBe("*.example");
    expect((await certificateOf(port)).subject.CN).toBe("*.example");
  });

  it("speaks no version below 1.2, and closes connections that speak no TLS", async () => {
    served = await serveApp("app.js", {}, { tls: [shop] });
    await expect(connectTls(portOf(served), { maxVersion: "TLSv1.1" })).rejects.toThrow();
    const plain = connectTcp(portOf(served), "127.0.0.1");
    plain.on("error", () => {}).resume();
    plain.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await new Promise((resolve) => plain.once("close", resolve));
  });

  it("does not wait for a handshake for ever, and a stop does not wait for it at all", async () => {
    served = await serveApp("app.js", {}, { tls: [shop], headersTimeoutMs: 200 });
    const silent = connectTcp(portOf(served), "127.0.0.1");
    silent.on("error", () => {}).resume();
    await new Promise((resolve) => silent.once("close", resolve));
    const another = connectTcp(portOf(served), "127.0.0.1").on("error", () => {});
    await new Promise((resolve) => another.once("connect", resolve));
  });

  it("takes sessions up again", async () => {
    served = await serveApp("app.js", {}, { tls: [shop] });
    const first = await connectTls(portOf(served));
    const session = new Promise<Buffer>((resolve) => first.once("session", resolve));
    await answerOver(first, echoRequest);
    const second = await connectTls(portOf(served), { session: await session });
    expect(second.isSessionReused()).toBe(true);
    second.destroy();
  });

  it("tells an incomplete response by an end without a TLS goodbye", async () => {
    served = await serveApp("app.js", {}, { tls: [shop] });
    const socket = await connectTls(portOf(served));
    const text = await answerOver(socket, "GET /hang-up-midway HTTP/1.1\r\nHost: x\r\n\r\n").catch(String);
    expect(text).toContain("some of it");
  });

  it("comes behind the PROXY protocol", async () => {
    served = await serveApp("app.js", {}, { tls: [shop], proxyProtocol: true });
    const tcp = connectTcp(portOf(served), "127.0.0.1");
    tcp.write("PROXY TCP4 203.0.113.7 198.51.100.1 4711 443\r\n");
    const body = await answerOver(await connectTls(portOf(served), { socket: tcp }), echoRequest);
    expect(body).toContain('"X-Forwarded-For","203.0.113.7"');
    const second = connectTcp(portOf(served), "127.0.0.1");
    second.write("PROXY TCP6 2001:db8::1 2001:db8::2 4711 443\r\n");
    const session = await connectHttp2(served.url, {
      createConnection: () => connect({ socket: second, ALPNProtocols: ["h2"], rejectUnauthorized: false }),
    });
    expect((await ask(session, { ":path": "/echo" })).body).toContain('"X-Forwarded-For","2001:db8::1"');
    session.close();
  });
});

describe("the PROXY protocol without TLS", () => {
  it("comes before HTTP/1.1 and before HTTP/2, in the same packet too", async () => {
    served = await serveApp("app.js", {}, { proxyProtocol: true });
    const header = "PROXY TCP4 203.0.113.7 198.51.100.1 4711 80\r\n";
    const tcp = connectTcp(portOf(served), "127.0.0.1");
    let text = "";
    tcp.on("data", (chunk) => {
      text += chunk.toString();
    });
    tcp.write(header + echoRequest);
    await new Promise((resolve) => tcp.once("close", resolve));
    expect(text).toContain('"X-Forwarded-For","203.0.113.7"');
    const second = connectTcp(portOf(served), "127.0.0.1");
    second.write(header);
    const session = await connectHttp2(served.url, { createConnection: () => second });
    expect((await ask(session, { ":path": "/echo" })).body).toContain('"X-Forwarded-For","203.0.113.7"');
    session.close();
  });

  it("is not optional: a connection without it is closed, and that is told", async () => {
    served = await serveApp("app.js", {}, { proxyProtocol: true });
    const tcp = connectTcp(portOf(served), "127.0.0.1");
    tcp.on("error", () => {}).resume();
    tcp.write(echoRequest);
    await new Promise((resolve) => tcp.once("close", resolve));
    const { message } = await served.event("problem", ({ code }) => code === "TIDEGATE_PROXY_PROTOCOL_INVALID");
    expect(message).toContain('a connection of "127.0.0.1"');
  });
});

describe("certificate files", () => {
  it("are read again when they change; a broken one is told, and the one before stays", async () => {
    const files = await folder.make("renewed", ["before.example"]);
    served = await serveApp("app.js", {}, { tls: [files] });
    const port = portOf(served);
    expect((await certificateOf(port)).subject.CN).toBe("before.example");

    await writeFile(files.certFile, "no certificate");
    const problem = await served.event("problem", ({ code }) => code === "TIDEGATE_TLS_INVALID");
    expect(problem.message).toMatch(
      /^Cannot use ".*renewed\.crt": it is not a certificate in PEM .*; the certificate before serves on$/,
    );
    expect((await certificateOf(port)).subject.CN).toBe("before.example");

    const next = await folder.make("next", ["after.example"]);
    await rename(next.keyFile, files.keyFile);
    await rename(next.certFile, files.certFile);
    while ((await certificateOf(port)).subject.CN !== "after.example");
    expect((await certificateOf(port, "after.example")).subject.CN).toBe("after.example");
  });

  it("that cannot be used keep a host from starting, with the reason", async () => {
    const other = await folder.make("other", ["other.example"]);
    const missing = { ...shop, certFile: "/nowhere/missing.crt" };
    const empty = { ...shop, keyFile: `${folder.path}/empty.key` };
    await writeFile(empty.keyFile, "");
    const cases = [
      { files: { ...shop, keyFile: other.keyFile }, message: /the key in ".*other\.key" belongs to another one/ },
      { files: missing, message: /^Cannot read "\/nowhere\/missing\.crt": no such file$/ },
      { files: empty, message: /empty\.key": it is not an unencrypted private key in PEM/ },
      {
        files: { certFile: shop.keyFile, keyFile: shop.keyFile },
        message: /shop\.key": it is not a certificate in PEM/,
      },
    ];
    for (const { files, message } of cases) {
      const started = serveApp("app.js", {}, { tls: [files] });
      await expect(started).rejects.toMatchObject({
        code: "TIDEGATE_TLS_INVALID",
        message: expect.stringMatching(message),
      });
    }
  });

  it("that have expired are served, and told", async () => {
    const files = await folder.make("expired", ["expired.example"], -1);
    served = await serveApp("app.js", {}, { tls: [files] });
    const { message } = await served.event("problem", ({ code }) => code === "TIDEGATE_TLS_EXPIRED");
    expect(message).toMatch(/^Certificate ".*expired\.crt" has expired: it was valid until /);
    expect((await certificateOf(portOf(served))).subject.CN).toBe("expired.example");
  });

  it("tell metrics when they end", async () => {
    served = await serveApp("app.js", {}, { tls: [shop] });
    expect((await served.host.metrics()).text).toMatch(
      /tidegate_tls_certificate_expiry_seconds\{name="shop\.example"\} \d{10}/,
    );
  });
});
