import { type Verdict, verdicts } from "./verdicts.ts";

const get = (...lines: string[]): string =>
  `GET / HTTP/1.1\r\nHost: x\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
const invalid = [400, "TIDEGATE_REQUEST_INVALID"] as const;
const tooLarge = [431, "TIDEGATE_HEADERS_TOO_LARGE"] as const;

const lines: Verdict[] = [
  { name: "without a colon", request: get("X-A"), refused: invalid, peers: ["node", "haproxy"] },
  { name: "without a name", request: get(": a"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "with a colon only", request: get(":"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  {
    name: "with a space before the colon",
    request: get("X-A : a"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with a tab before the colon",
    request: get("X-A\t: a"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "with a space in its name", request: get("X A: a"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "with a separator in its name", request: get("X(A): a"), refused: invalid, peers: ["node", "haproxy"] },
  { name: "with a quote in its name", request: get('X"A: a'), refused: invalid, peers: ["node", "haproxy"] },
  { name: "with a NUL in its name", request: get("X\0A: a"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  {
    name: "with a byte above ASCII in its name",
    request: get("X\xe9: a"),
    refused: invalid,
    peers: ["node", "haproxy"],
  },
  { name: "folded by a space", request: get("X-A: a", " b"), refused: invalid, peers: ["node", "nginx"] },
  { name: "folded by a tab", request: get("X-A: a", "\tb"), refused: invalid, peers: ["node", "nginx"] },
  { name: "folded before its value", request: get("X-A:", " a"), refused: invalid, peers: ["node", "nginx"] },
  {
    name: "folded by an empty line",
    request: get("X-A: a", " ", "X-B: b"),
    refused: invalid,
    peers: ["node", "nginx"],
  },
  {
    name: "that follows the request line, folded",
    request: "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "ended by a bare LF", request: get("X-A: a\nX-B: b"), refused: invalid, peers: ["node"] },
  { name: "ended by a bare CR", request: get("X-A: a\rX-B: b"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "ended by CR CR LF", request: get("X-A: a\r"), refused: invalid, peers: ["node", "haproxy"] },
  { name: "ended by LF CR", request: get("X-A: a\n\rX-B: b"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  {
    name: "that is the last, with a bare LF behind",
    request: "GET / HTTP/1.1\r\nHost: x\r\n\n",
    refused: invalid,
    peers: ["node"],
  },
  { name: "that ends in two bare LFs", request: "GET / HTTP/1.1\r\nHost: x\n\n", refused: invalid, peers: ["node"] },
  { name: "with a NUL in its value", request: get("X-A: a\0b"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  {
    name: "with a control character in its value",
    request: get("X-A: a\x01b"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with a vertical tab in its value",
    request: get("X-A: a\x0bb"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with an escape in its value",
    request: get("X-A: \x1b[2J"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with a DEL in its value",
    request: get("X-A: a\x7fb"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with white space around its value",
    request: get("X-A:\t a b \t"),
    seen: [
      {
        fields: [
          ["host", "x"],
          ["x-a", "a b"],
        ],
      },
    ],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "without a value",
    request: get("X-A:"),
    seen: [
      {
        fields: [
          ["host", "x"],
          ["x-a", ""],
        ],
      },
    ],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with bytes above ASCII in its value",
    request: get("X-A: \xe9\xff"),
    seen: [
      {
        fields: [
          ["host", "x"],
          ["x-a", "\xe9\xff"],
        ],
      },
    ],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with every character of a token",
    request: get("!#$%&'*+-.^_`|~0aZ: a"),
    seen: [{ method: "GET" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "that is too long",
    request: get(`X-A: ${"a".repeat(16_400)}`),
    refused: tooLarge,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "that is one too many",
    request: get(...Array.from({ length: 900 }, () => "a:")),
    refused: tooLarge,
    peers: ["haproxy"],
  },
  {
    name: "that is the last of many",
    request: get(...Array.from({ length: 898 }, () => "a:"), "X-B: b"),
    seen: [{ method: "GET" }],
    peers: ["node", "nginx"],
  },
];

verdicts("a header line", lines);

const hop = (connection: string, ...more: string[]): string => get(`Connection: ${connection}`, ...more);

const hops: Verdict[] = [
  {
    name: "named by Connection",
    request: hop("x-secret, keep-alive", "X-Secret: 1"),
    seen: [{ method: "GET" }],
    unseen: ["x-secret", "connection", "keep-alive"],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "named by a second Connection",
    request: hop("keep-alive", "X-Secret: 1", "Connection: X-Secret"),
    seen: [{ method: "GET" }],
    unseen: ["x-secret"],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "Content-Length, named by Connection",
    request: "POST / HTTP/1.1\r\nHost: x\r\nConnection: content-length\r\nContent-Length: 5\r\n\r\nhello",
    seen: [{ method: "POST", body: "hello" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "Transfer-Encoding, named by Connection",
    request:
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    seen: [{ method: "POST", body: "hello" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "Host, Cookie and Authorization, named by Connection",
    request: hop("host, cookie, authorization", "Cookie: a=1", "Authorization: Basic eA=="),
    seen: [
      {
        fields: [
          ["host", "x"],
          ["cookie", "a=1"],
          ["authorization", "Basic eA=="],
        ],
      },
    ],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "X-Forwarded-For, named by Connection",
    request: hop("x-forwarded-for, x-request-id"),
    seen: [{ method: "GET" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "Keep-Alive, Proxy-Connection and Proxy-Authorization",
    request: get("Keep-Alive: timeout=9", "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic eA=="),
    seen: [{ method: "GET" }],
    unseen: ["keep-alive", "proxy-connection", "proxy-authorization"],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "TE",
    request: get("TE: gzip, trailers;q=1, trailers"),
    seen: [
      {
        fields: [
          ["host", "x"],
          ["te", "trailers"],
        ],
      },
    ],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "Upgrade to HTTP/2",
    request: hop("Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
    seen: [{ method: "GET" }],
    unseen: ["upgrade", "http2-settings"],
    peers: ["nginx", "haproxy"],
  },
  {
    name: "Upgrade that Connection does not name",
    request: get("Upgrade: websocket"),
    seen: [{ method: "GET" }],
    unseen: ["upgrade"],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "Upgrade of a request with a body",
    request:
      "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 41\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: smuggled\r\n\r\n".replace(
        "41",
        "42",
      ),
    seen: [{ method: "POST", body: "GET /smuggled HTTP/1.1\r\nHost: smuggled\r\n\r\n" }],
    unseen: ["upgrade"],
    peers: ["nginx", "haproxy"],
  },
  {
    name: "with an underscore where ours have a hyphen",
    request: get(
      "X_Forwarded_For: 6.6.6.6",
      "X-Forwarded_Proto: https",
      "Content_Length: 5",
      "Transfer_Encoding: chunked",
      "X_Request_Id: 1",
      "X_Own: kept",
    ),
    seen: [
      {
        fields: [
          ["host", "x"],
          ["x_own", "kept"],
        ],
      },
    ],
    unseen: ["x_forwarded_for", "x-forwarded_proto", "content_length", "transfer_encoding", "x_request_id"],
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("a field of one hop:", hops);
