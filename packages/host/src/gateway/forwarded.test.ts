import { describe, expect, it } from "vitest";
import type { ConnectionInfo } from "./connection-info.ts";
import { unmappedAddress } from "./connection-info.ts";
import { forwardedLines } from "./forwarded.ts";

const plain: ConnectionInfo = { address: "192.0.2.1", port: 5, isSecure: false, serverName: null, isHttp2: false };
const secure: ConnectionInfo = { address: "2001:db8::1", port: 5, isSecure: true, serverName: "x", isHttp2: false };
const nothing = { for: null, host: null, proto: null, forwarded: null };

describe("forwardedLines tells", () => {
  const cases = [
    {
      name: "a plain client",
      info: plain,
      sent: null,
      lines: ["192.0.2.1", "x:80", "http", 'for=192.0.2.1;host="x:80";proto=http'],
    },
    {
      name: "a client over TLS and IPv6",
      info: secure,
      sent: null,
      lines: ["2001:db8::1", "x:80", "https", 'for="[2001:db8::1]";host="x:80";proto=https'],
    },
    {
      name: "a trusted proxy that says nothing",
      info: secure,
      sent: nothing,
      lines: ["2001:db8::1", "x:80", "https", 'for="[2001:db8::1]";host="x:80";proto=https'],
    },
    {
      name: "what a trusted proxy says",
      info: plain,
      sent: { for: "198.51.100.7", host: "shop.example", proto: "https", forwarded: "for=198.51.100.7" },
      lines: [
        "198.51.100.7, 192.0.2.1",
        "shop.example",
        "https",
        'for=198.51.100.7, for=192.0.2.1;host="x:80";proto=https',
      ],
    },
  ];
  it.each(cases)("$name", ({ info, sent, lines }) => {
    const names = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"];
    expect(forwardedLines(info, "x:80", sent)).toBe(names.map((name, at) => `${name}: ${lines[at]}\r\n`).join(""));
  });
});

it.each([
  { address: "::ffff:192.0.2.1", expected: "192.0.2.1" },
  { address: "::FFFF:192.0.2.1", expected: "192.0.2.1" },
  { address: "::1", expected: "::1" },
  { address: "192.0.2.1", expected: "192.0.2.1" },
])("unmappedAddress makes $expected of $address", ({ address, expected }) => {
  expect(unmappedAddress(address)).toBe(expected);
});
