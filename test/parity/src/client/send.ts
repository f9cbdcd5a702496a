import { connect } from "node:net";
import { findLine, type HeaderLine } from "../platform/received-request.ts";
import type { Answer, ClientRequest } from "./answer.ts";
import { AnswerParser } from "./answer-parser.ts";
import { bodyBytes } from "./request-body.ts";

/** Longest an answer may take, in milliseconds. */
const PATIENCE_MS = 10_000;

/** Name the client calls the server by: a port in it would differ with each run. */
const HOST = "parity.test";

/** Adds the headers the client itself sets: `Host`, and how the body is framed. Idempotent. */
export function complete(request: ClientRequest): ClientRequest & { readonly headers: readonly HeaderLine[] } {
  const headers = [...(request.headers ?? [])];
  const has = (name: string): boolean => headers.some(([candidate]) => candidate.toLowerCase() === name);
  if (!has("host")) headers.unshift(["Host", HOST]);
  const { body } = request;
  if (body !== undefined && !has("content-length") && !has("transfer-encoding")) {
    if (typeof body === "string" || Buffer.isBuffer(body)) {
      headers.push(["Content-Length", String(Buffer.byteLength(body))]);
    } else {
      headers.push(["Transfer-Encoding", "chunked"]);
    }
  }
  return { ...request, headers };
}

function text(lines: readonly HeaderLine[]): string {
  return lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
}

function chunk(item: string | Buffer): Buffer {
  const bytes = Buffer.from(item);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

function isChunked(lines: readonly HeaderLine[]): boolean {
  return findLine(lines, "transfer-encoding") !== undefined;
}

/** Writes a request as it goes over the wire. */
function toBytes(request: ClientRequest): Buffer {
  const { method = "GET", target, body, trailers = [], headers } = complete(request);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${text(headers)}\r\n`, "latin1");
  if (body === undefined) return head;
  if (!isChunked(headers)) return Buffer.concat([head, bodyBytes(request)]);
  const chunks = (Array.isArray(body) ? body : [body]).map(chunk);
  return Buffer.concat([head, ...chunks, Buffer.from(`0\r\n${text(trailers)}\r\n`, "latin1")]);
}

/**
 * Sends one request over a connection of its own.
 *
 * @param port of a server on the loopback address
 * @param request what to send
 * @returns the answer, whatever it is; `isCut` when the connection ended before it did
 */
export function send(port: number, request: ClientRequest): Promise<Answer> {
  const parser = new AnswerParser(request.method ?? "GET");
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const finish = (answer: Answer): void => {
      clearTimeout(patience);
      socket.destroy();
      resolve(answer);
    };
    const patience = setTimeout(() => finish(parser.end()), PATIENCE_MS);
    socket.once("connect", () => socket.write(toBytes(request)));
    socket.on("data", (bytes) => {
      const answer = parser.push(bytes);
      if (answer !== undefined) finish(answer);
    });
    socket.on("error", () => {});
    socket.on("close", () => finish(parser.end()));
  });
}
