import { type Verdict, verdicts } from "./verdicts.ts";

const line = (text: string): string => `${text}\r\nHost: x\r\n\r\n`;
const invalid = [400, "TIDEGATE_REQUEST_INVALID"] as const;
const version = [505, "TIDEGATE_HTTP_VERSION_UNSUPPORTED"] as const;

const cases: Verdict[] = [
  { name: "two spaces before the target", request: line("GET  / HTTP/1.1"), refused: invalid, peers: [] },
  { name: "two spaces before the version", request: line("GET /  HTTP/1.1"), refused: invalid, peers: [] },
  { name: "tabs for spaces", request: line("GET\t/\tHTTP/1.1"), refused: invalid, peers: ["node", "nginx"] },
  {
    name: "a space before the method",
    request: line(" GET / HTTP/1.1"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a space behind the version",
    request: line("GET / HTTP/1.1 "),
    refused: invalid,
    peers: ["node", "haproxy"],
  },
  {
    name: "a word behind the version",
    request: line("GET / HTTP/1.1 x"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a space in the target",
    request: line("GET /a b HTTP/1.1"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "no target", request: line("GET HTTP/1.1"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "an empty target", request: line("GET  HTTP/1.1"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "no method", request: line("/ HTTP/1.1"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  {
    name: "HTTP/0.9 without a version",
    request: "GET /\r\n\r\n",
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "HTTP/0.9", request: line("GET / HTTP/0.9"), refused: version, peers: ["node", "nginx"] },
  { name: "HTTP/1.2", request: line("GET / HTTP/1.2"), refused: version, peers: ["node"] },
  { name: "HTTP/1.9", request: line("GET / HTTP/1.9"), refused: version, peers: ["node"] },
  { name: "HTTP/2.0", request: line("GET / HTTP/2.0"), refused: version, peers: ["node", "nginx"] },
  { name: "HTTP/3.0", request: line("GET / HTTP/3.0"), refused: version, peers: ["node", "nginx"] },
  { name: "HTTP/1.10", request: line("GET / HTTP/1.10"), refused: invalid, peers: ["node", "haproxy"] },
  { name: "HTTP/01.1", request: line("GET / HTTP/01.1"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "HTTP/1", request: line("GET / HTTP/1"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "HTTP/1,1", request: line("GET / HTTP/1,1"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "http/1.1", request: line("GET / http/1.1"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "another protocol", request: line("GET / RTSP/1.0"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  {
    name: "a bare LF behind the request line",
    request: "GET / HTTP/1.1\nHost: x\r\n\r\n",
    refused: invalid,
    peers: ["node"],
  },
  { name: "bare LFs only", request: "GET / HTTP/1.1\nHost: x\n\n", refused: invalid, peers: ["node"] },
  {
    name: "a bare CR behind the request line",
    request: "GET / HTTP/1.1\rHost: x\r\n\r\n",
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "CR CR LF behind the request line",
    request: "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n",
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a NUL in the method",
    request: line("G\0T / HTTP/1.1"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a separator in the method",
    request: line("GE(T) / HTTP/1.1"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a colon in the method",
    request: line("GET: / HTTP/1.1"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a byte above ASCII in the method",
    request: line("G\xc9T / HTTP/1.1"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "a method in lower case", request: line("get / HTTP/1.1"), peers: ["node", "nginx", "haproxy"] },
  { name: "a method that nobody knows", request: line("FROBNICATE / HTTP/1.1"), peers: ["node", "nginx", "haproxy"] },
  {
    name: "CONNECT to an authority",
    request: line("CONNECT x:443 HTTP/1.1"),
    refused: [501, "TIDEGATE_METHOD_UNSUPPORTED"],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "CONNECT to a path",
    request: line("CONNECT / HTTP/1.1"),
    refused: [501, "TIDEGATE_METHOD_UNSUPPORTED"],
    peers: ["node", "nginx", "haproxy"],
  },

  {
    name: "a TLS hello",
    request: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "an LF before the request", request: "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", refused: invalid, peers: [] },
  {
    name: "empty lines before the request",
    request: `\r\n\r\n${line("GET /a HTTP/1.1")}`,
    seen: [{ method: "GET", url: "/a" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a method with a hyphen",
    request: line("M-SEARCH / HTTP/1.1"),
    seen: [{ method: "M-SEARCH", url: "/" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "TRACE",
    request: line("TRACE / HTTP/1.1"),
    seen: [{ method: "TRACE", url: "/" }],
    peers: ["node", "haproxy"],
  },
  {
    name: "HTTP/1.0, kept alive",
    request: "GET /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
    seen: [{ url: "/a" }],
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("a request line", cases);
