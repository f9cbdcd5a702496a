import { connect, type Socket } from "node:net";

/** Types of frames (RFC 9113, 6). */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames. */
export const flag = { none: 0, endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** A frame as bytes, valid or not. */
export function frame(type: number, flags: number, streamId: number, payload: Buffer | string = ""): Buffer {
  const body = typeof payload === "string" ? Buffer.from(payload, "latin1") : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, body]);
}

/** Fields as literals without indexing and without Huffman codes: bytes that no library would send can be said so (RFC 7541, 6.2.2). */
export function fieldBlock(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const rest: number[] = [127];
  let left = bytes.length - 127;
  for (; left >= 128; left = left >> 7) rest.push((left & 127) | 128);
  rest.push(left);
  return Buffer.concat([Buffer.from(rest), bytes]);
}

/** What came back for a stream, or for the whole connection. */
export type Verdict = string;

const codes = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
] as const;

/**
 * Sends bytes over a connection of their own, and waits for what is made of stream 1, or of the connection: a status,
 * `RST code`, `GOAWAY code` or `closed`. A `PING` behind them tells when they have been read: nothing by then is "ignored".
 */
export async function verdictOf(port: number, bytes: readonly Buffer[], first: string = preface): Promise<Verdict> {
  return (await exchangeFrames(port, bytes, first)).verdict;
}

/** Likewise, with the body of the response of stream 1, as latin1. */
export async function exchangeFrames(
  port: number,
  bytes: readonly Buffer[],
  first: string = preface,
): Promise<{ readonly verdict: Verdict; readonly body: string }> {
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.on("error", () => {});
  const body: Buffer[] = [];
  const reading = readVerdict(socket, body);
  socket.write(Buffer.concat([Buffer.from(first, "latin1"), frame(frameType.settings, 0, 0), ...bytes]));
  const verdict = await reading;
  socket.destroy();
  return { verdict, body: Buffer.concat(body).toString("latin1") };
}

function readVerdict(socket: Socket, body: Buffer[]): Promise<Verdict> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let status: string | null = null;
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 9) {
        const length = received.readUIntBE(0, 3);
        if (received.length < 9 + length) return;
        const [type = 0, flags = 0] = received.subarray(3, 5);
        const streamId = received.readUInt32BE(5);
        const payload = received.subarray(9, 9 + length);
        received = received.subarray(9 + length);
        if (type === frameType.goaway) return resolve(`GOAWAY ${codes[payload.readUInt32BE(4)]}`);
        if (type === frameType.ping) return resolve("ignored");
        if (streamId !== 1) continue;
        if (type === frameType.data) body.push(payload);
        if (type === frameType.headers && status === null) status = statusIn(payload);
        if (type === frameType.rstStream && status === null) return resolve(`RST ${codes[payload.readUInt32BE(0)]}`);
        if (status !== null && (flags & flag.endStream) !== 0) return resolve(status);
      }
    });
    socket.on("close", () => resolve("closed"));
  });
}

const staticStatus: Readonly<Record<number, string>> = {
  136: "200",
  137: "204",
  139: "304",
  140: "400",
  141: "404",
  142: "500",
};

/** `:status` is the first field; those of the static table are one byte, others three digits in Huffman codes. */
function statusIn(block: Buffer): string {
  let at = 0;
  while (((block[at] ?? 0) & 0xe0) === 0x20) at++;
  const known = staticStatus[block[at] ?? 0];
  if (known !== undefined) return known;
  const size = block[at + 1] ?? 0;
  const value = block.subarray(at + 2, at + 2 + (size & 0x7f));
  return (size & 0x80) === 0 ? value.toString("latin1") : digitsOf(value);
}

/** Huffman codes of digits (RFC 7541, B): `0` to `2` have five bits, the others six. */
function digitsOf(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (let at = 0; digits.length < 3; ) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    digits += short <= 2 ? short : Number.parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3;
    at += short <= 2 ? 5 : 6;
  }
  return digits;
}
