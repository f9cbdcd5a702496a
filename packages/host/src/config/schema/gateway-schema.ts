import { z } from "zod";
import type { ConfigGateway } from "../config-file.ts";
import { bytes, duration, flag, mapping, text, textLike, wholeNumber } from "../field.ts";

const certificateSchema = z.strictObject(
  {
    cert: text("File of the certificate chain, PEM, relative to this file.", "a file"),
    key: text("File of its private key, PEM, relative to this file.", "a file"),
  },
  mapping,
);

const metricsSchema = z
  .strictObject(
    {
      port: wholeNumber(0, 65_535, "TCP port of GET /metrics; 0 picks a free one."),
      hostname: text("Address to bind. Default 127.0.0.1.", "an address or host name").optional(),
    },
    mapping,
  )
  .describe("Where Prometheus finds GET /metrics. Default: on the admin socket only.");

/** The front door. */
export const gatewaySchema: z.ZodType<ConfigGateway> = z
  .strictObject(
    {
      port: wholeNumber(0, 65_535, "TCP port; 0 picks a free one. Default: $PORT, else 3000.").optional(),
      hostname: text("Address to bind. Default: all.", "an address or host name").optional(),
      trustProxy: flag("Keep the client's Forwarded and X-Forwarded-* and append to them. Default false.").optional(),
      maxHeaderBytes: wholeNumber(1024, 2 ** 24, "Largest head of a request, in bytes. Default 16384.").optional(),
      keepAliveTimeout: duration("How long an idle client connection is kept. Default 5s.", "zero").optional(),
      headersTimeout: duration("How long a client may take to send a request's head. Default 60s.").optional(),
      bodyTimeout: duration(
        "How long a client may send nothing of a body it owes, or read nothing. Default 60s.",
      ).optional(),
      drainDelay: duration(
        "How long it serves on after SIGTERM or Ctrl-C with its health at 503, for a load balancer in front. Default 0.",
        "zero",
      ).optional(),
      maxConnections: wholeNumber(
        1,
        10_000_000,
        "Most connections of clients; further ones are closed at once. Default: what the system allows.",
      ).optional(),
      memory: bytes(
        "Memory that the host and its instances may use together; near it idle instances are stopped, then requests refused. Default: 85 % of the machine's or container's.",
      ).optional(),
      cgroup: textLike(
        /^(auto|off|\/.*)$/,
        'Where each instance gets a control group of its own, so that all it starts ends with it: the folder of a delegated group of cgroup v2, "off", or "auto": where one is clearly delegated. Default auto.',
        '"auto", "off" or the absolute path of a folder such as "/sys/fs/cgroup/system.slice/shop.service"',
      ).optional(),
      tls: z
        .array(certificateSchema, { error: "a list of certificates" })
        .min(1, { error: "a list of at least one certificate" })
        .describe("Certificates of the names that are served over TLS; changed files are read again. Default: no TLS.")
        .optional(),
      http2: flag("Serve HTTP/2, over TLS by ALPN and without it by prior knowledge. Default true.").optional(),
      proxyProtocol: flag(
        "Expect the PROXY protocol, version 2 or 1, before each connection's first byte. Default false.",
      ).optional(),
      metrics: metricsSchema.optional(),
    },
    mapping,
  )
  .describe("The gateway in front of all functions.");
