import { describe, expect, it } from "vitest";
import { closeFrame, WebSocketFrames } from "./websocket-frames.ts";

const frame = (opcode: number, length: number, isMasked: boolean): Buffer => {
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, ...Buffer.from(length.toString(16).padStart(8, "0"), "hex")];
  size[0] = (size[0] ?? 0) | (isMasked ? 0x80 : 0);
  return Buffer.concat([Buffer.from([opcode, ...size]), Buffer.alloc(length + (isMasked ? 4 : 0), 0x88)]);
};

const frames = [
  { name: "empty", bytes: frame(0x81, 0, false) },
  { name: "empty and masked", bytes: frame(0x81, 0, true) },
  { name: "short", bytes: frame(0x02, 125, false) },
  { name: "of a length of 16 bits, masked", bytes: frame(0x00, 126, true) },
  { name: "of a length of 64 bits", bytes: frame(0x82, 70_000, false) },
];

describe("WebSocketFrames finds the end of a frame that is", () => {
  it.each(frames)("$name", ({ bytes }) => {
    const both = Buffer.concat([bytes, bytes]);
    const whole = new WebSocketFrames();
    expect(whole.take(both, 0, false)).toBe(both.length);
    expect(whole.isBetween).toBe(true);

    const cut = new WebSocketFrames();
    expect(cut.take(both.subarray(0, 1), 0, false)).toBe(1);
    expect(cut.isBetween).toBe(false);
    expect(cut.take(both, 1, true)).toBe(bytes.length);
    expect(cut.isBetween).toBe(true);
    expect(cut.take(both, bytes.length, true), "none between frames").toBe(bytes.length);
  });

  it("any of them, byte for byte", () => {
    const all = Buffer.concat(frames.map(({ bytes }) => bytes));
    const seen = new WebSocketFrames();
    const ends: number[] = [];
    for (let at = 0; at < all.length; at++) {
      seen.take(all.subarray(at, at + 1), 0, false);
      if (seen.isBetween) ends.push(at + 1);
    }
    let end = 0;
    expect(ends).toEqual(frames.map(({ bytes }) => (end += bytes.length)));
    expect(seen.hasClosed).toBe(false);
  });
});

describe("closeFrame", () => {
  it("of a server has its code in plain", () => {
    expect(closeFrame(1001, false)).toEqual(Buffer.from([0x88, 0x02, 0x03, 0xe9]));
  });

  it("of a client is masked", () => {
    const bytes = closeFrame(1001, true);
    expect([...bytes.subarray(0, 2)]).toEqual([0x88, 0x82]);
    expect([(bytes[6] ?? 0) ^ (bytes[2] ?? 0), (bytes[7] ?? 0) ^ (bytes[3] ?? 0)]).toEqual([0x03, 0xe9]);
  });

  it("is known as one", () => {
    const seen = new WebSocketFrames();
    seen.take(closeFrame(1000, true), 0, false);
    expect(seen).toMatchObject({ hasClosed: true, isBetween: true });
  });
});
