import { describe, expect, it } from "vitest";
import { readProxyHeader } from "./proxy-protocol.ts";

const signature = "0d0a0d0a000d0a515549540a";

/** Version 2 from its parts in hexadecimal: version and command, family and transport, then what the length covers. */
const binary = (kind: string, covered: string): Buffer =>
  Buffer.from(signature + kind + (covered.length / 2).toString(16).padStart(4, "0") + covered, "hex");

const ipv4 = "c0000201cb00710ad4311f90";
const ipv6 = "20010db800000000000000000000000120010db8000000000000000000000002d43101bb";
/** As a load balancer of AWS sends it: its VPC endpoint (type 0xea), then padding (0x04). */
const tlvs = `ea001701${Buffer.from("vpce-08d2bf15fac5001c9").toString("hex")}04000100`;

describe("readProxyHeader reads", () => {
  const cases: { name: string; bytes: Buffer; source: { address: string; port: number } | null }[] = [
    {
      name: "version 1 over IPv4, as the specification's example has it",
      bytes: Buffer.from("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
      source: { address: "255.255.255.255", port: 65535 },
    },
    {
      name: "version 1 over IPv6 at its longest",
      bytes: Buffer.from(
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
      ),
      source: { address: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", port: 65535 },
    },
    {
      name: "version 1 with an IPv4-mapped address",
      bytes: Buffer.from("PROXY TCP6 ::ffff:192.0.2.1 ::1 4000 80\r\n"),
      source: { address: "192.0.2.1", port: 4000 },
    },
    {
      name: "version 1 with an IPv6 address in capitals",
      bytes: Buffer.from("PROXY TCP6 2001:DB8:0:0:0:0:0:1 ::1 4000 80\r\n"),
      source: { address: "2001:db8::1", port: 4000 },
    },
    { name: "version 1, unknown", bytes: Buffer.from("PROXY UNKNOWN\r\n"), source: null },
    {
      name: "version 1, unknown at its longest",
      bytes: Buffer.from(
        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
      ),
      source: null,
    },
    { name: "version 2 over IPv4", bytes: binary("2111", ipv4), source: { address: "192.0.2.1", port: 54321 } },
    { name: "version 2 over IPv6", bytes: binary("2121", ipv6), source: { address: "2001:db8::1", port: 54321 } },
    {
      name: "version 2 with an IPv4-mapped address",
      bytes: binary("2121", `${"00000000000000000000ffffc0000201"}${"0".repeat(32)}d43101bb`),
      source: { address: "192.0.2.1", port: 54321 },
    },
    {
      name: "version 2 over IPv4 with TLVs",
      bytes: binary("2111", ipv4 + tlvs),
      source: { address: "192.0.2.1", port: 54321 },
    },
    { name: "version 2, LOCAL without addresses", bytes: binary("2000", ""), source: null },
    { name: "version 2, LOCAL with addresses to skip", bytes: binary("2011", ipv4), source: null },
    { name: "version 2, LOCAL with less than an address", bytes: binary("2011", "00"), source: null },
    { name: "version 2, an unspecified family with TLVs", bytes: binary("2100", "04000100"), source: null },
    { name: "version 2 of a Unix socket", bytes: binary("2131", "00".repeat(216)), source: null },
    { name: "version 2 of datagrams", bytes: binary("2112", ipv4), source: null },
  ];

  it.each(cases)("$name", ({ bytes, source }) => {
    const behind = Buffer.from("GET / HTTP/1.1\r\n");
    expect(readProxyHeader(Buffer.concat([bytes, behind]))).toEqual({ length: bytes.length, source });
  });

  it.each(cases)("$name, byte for byte", ({ bytes, source }) => {
    for (let length = 0; length < bytes.length; length++) {
      expect(readProxyHeader(bytes.subarray(0, length)), `${length} bytes`).toBeNull();
    }
    expect(readProxyHeader(bytes)).toEqual({ length: bytes.length, source });
  });
});

it.each([
  { name: "a request", bytes: Buffer.from("GET / HTTP/1.1\r\n") },
  { name: "a TLS hello", bytes: Buffer.from("1603010200", "hex") },
  { name: "lower case", bytes: Buffer.from("proxy TCP4") },
  { name: "a signature with a wrong byte", bytes: Buffer.from("0d0a0d0a000d0b", "hex") },
  { name: "a line without end", bytes: Buffer.from(`PROXY UNKNOWN ${"a".repeat(100)}`) },
  { name: "a line that is too long", bytes: Buffer.from(`PROXY UNKNOWN ${"a".repeat(100)}\r\n`) },
  { name: "a line ended by LF alone", bytes: Buffer.from(`PROXY UNKNOWN\n${" ".repeat(100)}`) },
  { name: "another family", bytes: Buffer.from("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n") },
  { name: "two spaces", bytes: Buffer.from("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n") },
  { name: "a space at the end", bytes: Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n") },
  { name: "a missing port", bytes: Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n") },
  { name: "a port out of range", bytes: Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n") },
  { name: "a port with a leading zero", bytes: Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n") },
  { name: "an octet out of range", bytes: Buffer.from("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n") },
  { name: "IPv6 as IPv4", bytes: Buffer.from("PROXY TCP4 ::1 ::1 1 2\r\n") },
  { name: "IPv4 as IPv6", bytes: Buffer.from("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n") },
  { name: "version 3", bytes: binary("3111", ipv4) },
  { name: "version 1 in binary", bytes: binary("1111", ipv4) },
  { name: "an unknown command", bytes: binary("2211", ipv4) },
  { name: "an unknown family", bytes: binary("2141", ipv4) },
  { name: "an unknown transport", bytes: binary("2113", ipv4) },
  { name: "less than an IPv4 address", bytes: binary("2111", ipv4.slice(2)) },
  { name: "less than an IPv6 address", bytes: binary("2121", ipv6.slice(2)) },
  { name: "less than a Unix address", bytes: binary("2131", "00".repeat(215)) },
  { name: "an announced length of 64 KiB", bytes: Buffer.from(`${signature}2111ffff`, "hex") },
])("readProxyHeader refuses $name", ({ bytes }) => {
  expect(readProxyHeader(bytes)).toBe("invalid");
});
