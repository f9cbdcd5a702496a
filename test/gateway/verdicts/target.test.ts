import { type Verdict, verdicts } from "./verdicts.ts";

const get = (target: string, host = "x"): string => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const invalid = [400, "TIDEGATE_REQUEST_INVALID"] as const;
const asSent = (target: string): Pick<Verdict, "request" | "seen"> => ({
  request: get(target),
  seen: [{ url: target }],
});

const cases: Verdict[] = [
  { name: "two slashes", ...asSent("//a//b"), peers: ["node", "nginx", "haproxy"] },
  { name: "dot segments", ...asSent("/a/../../b/./c"), peers: ["node", "haproxy"] },
  { name: "dot segments, encoded", ...asSent("/a/%2e%2e/%2E/b"), peers: ["node", "nginx", "haproxy"] },
  { name: "an encoded slash", ...asSent("/a%2fb"), peers: ["node", "nginx", "haproxy"] },
  { name: "an encoded NUL", ...asSent("/a%00b"), peers: ["node", "haproxy"] },
  { name: "encoded line ends", ...asSent("/a%0d%0aX: y".replace(" ", "%20")), peers: ["node", "nginx", "haproxy"] },
  { name: "a broken escape", ...asSent("/a%zz%"), peers: ["node", "haproxy"] },
  { name: "a backslash", ...asSent("/a\\..\\b"), peers: ["node", "nginx", "haproxy"] },
  { name: "a parameter", ...asSent("/a;b=c/d"), peers: ["node", "nginx", "haproxy"] },
  { name: "a second question mark", ...asSent("/a?b?c=/../d"), peers: ["node", "nginx", "haproxy"] },
  { name: "an empty query", ...asSent("/a?"), peers: ["node", "nginx", "haproxy"] },
  { name: "characters that URLs do not have", ...asSent('/a"<>^`{|}'), peers: ["node", "nginx", "haproxy"] },
  { name: "bytes above ASCII", request: get("/caf\xc3\xa9"), peers: ["node", "nginx", "haproxy"] },
  { name: "a fragment", request: get("/a#b"), refused: invalid, peers: ["haproxy"] },
  { name: "a fragment in a query", request: get("/a?b#c"), refused: invalid, peers: ["haproxy"] },
  { name: "a fragment alone", request: get("#"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "a NUL", request: get("/a\0b"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "a DEL", request: get("/a\x7fb"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "a control character", request: get("/a\x01b"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "a tab", request: get("/a\tb"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "a bare CR", request: get("/a\rb"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "a relative path", request: get("a/b"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "a query alone", request: get("?a"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "an asterisk with GET", request: get("*"), refused: invalid, peers: ["nginx"] },
  { name: "an authority with GET", request: get("x:80"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  {
    name: "an asterisk with OPTIONS",
    request: "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    seen: [{ method: "OPTIONS", url: "*" }],
    peers: ["node", "haproxy"],
  },
  {
    name: "an absolute URL",
    request: get("http://x/a?b"),
    seen: [{ url: "/a?b", fields: [["host", "x"]] }],
    peers: ["nginx"],
  },
  {
    name: "an absolute URL with another host than Host",
    request: get("http://other:81/a", "x"),
    seen: [{ url: "/a", fields: [["host", "other:81"]] }],
    peers: ["nginx"],
  },
  {
    name: "an absolute URL without a path",
    request: get("http://x?a=/b"),
    seen: [{ url: "/?a=/b" }],
    peers: ["nginx"],
  },
  {
    name: "an absolute URL in capitals",
    request: get("HTTP://X/a"),
    seen: [{ url: "/a" }],
    peers: ["nginx"],
  },
  {
    name: "an absolute URL of https",
    request: get("https://x/a"),
    seen: [{ url: "/a" }],
    peers: ["nginx"],
  },
  {
    name: "OPTIONS of a server by an absolute URL",
    request: "OPTIONS http://x HTTP/1.1\r\nHost: x\r\n\r\n",
    seen: [{ method: "OPTIONS", url: "*" }],
    peers: ["nginx"],
  },
  { name: "an absolute URL with a user", request: get("http://user@x/"), refused: invalid, peers: ["nginx"] },
  {
    name: "an absolute URL with a user and a password",
    request: get("http://x:80@evil/"),
    refused: invalid,
    peers: ["nginx", "haproxy"],
  },
  { name: "an absolute URL without a host", request: get("http:///a"), refused: invalid, peers: ["nginx"] },
  {
    name: "an absolute URL with a port out of range",
    request: get("http://x:65536/a"),
    refused: invalid,
    peers: ["haproxy"],
  },
  {
    name: "an absolute URL with a backslash",
    request: get("http://x\\@evil/"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "an absolute URL with a malformed Host",
    request: get("http://x/", "a/b"),
    refused: invalid,
    peers: ["nginx", "haproxy"],
  },
  {
    name: "an absolute URL without Host",
    request: "GET http://x/ HTTP/1.1\r\n\r\n",
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "an absolute URL of ftp", request: get("ftp://x/a"), refused: invalid, peers: [] },
  {
    name: "an absolute URL of javascript",
    request: get("javascript:x"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("a request target", cases);

const hosts: Verdict[] = [
  { name: "is missing", request: "GET / HTTP/1.1\r\n\r\n", refused: invalid, peers: ["node", "nginx", "haproxy"] },
  {
    name: "is there twice",
    request: "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    refused: invalid,
    peers: ["nginx", "haproxy"],
  },
  {
    name: "is there twice, the same",
    request: "GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n",
    refused: invalid,
    peers: ["nginx"],
  },
  { name: "is a list", request: get("/", "x, y"), refused: invalid, peers: ["nginx"] },
  { name: "has a path", request: get("/", "x/y"), refused: invalid, peers: ["nginx"] },
  { name: "has a user", request: get("/", "user@x"), refused: invalid, peers: [] },
  { name: "has a space", request: get("/", "x y"), refused: invalid, peers: ["nginx"] },
  { name: "has a backslash", request: get("/", "x\\y"), refused: invalid, peers: [] },
  { name: "has a byte above ASCII", request: get("/", "x\xe9"), refused: invalid, peers: [] },
  { name: "has a port that is no number", request: get("/", "x:http"), refused: invalid, peers: [] },
  { name: "has a port out of range", request: get("/", "x:99999"), refused: invalid, peers: [] },
  { name: "has two ports", request: get("/", "x:80:81"), refused: invalid, peers: [] },
  { name: "has a signed port", request: get("/", "x:+80"), refused: invalid, peers: [] },
  { name: "is IPv6 without brackets", request: get("/", "::1"), refused: invalid, peers: ["nginx"] },
  { name: "is IPv6 with half of its brackets", request: get("/", "[::1"), refused: invalid, peers: [] },
  { name: "has text behind the bracket", request: get("/", "[::1]x"), refused: invalid, peers: [] },
  { name: "has a broken escape", request: get("/", "x%zz"), refused: invalid, peers: [] },
  {
    name: "is IPv6",
    request: get("/", "[::1]:8080"),
    seen: [{ fields: [["host", "[::1]:8080"]] }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "has an empty port",
    request: get("/", "x:"),
    seen: [{ fields: [["host", "x:"]] }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "has an underscore",
    request: get("/", "a_b.example"),
    seen: [{ url: "/" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "ends in a dot",
    request: get("/", "example.com."),
    seen: [{ url: "/" }],
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "is empty", request: get("/", ""), seen: [{ fields: [["host", ""]] }], peers: ["node", "haproxy"] },
  {
    name: "is missing in HTTP/1.0",
    request: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    seen: [{ fields: [["host", ""]] }],
    peers: ["node", "haproxy"],
  },
];

verdicts("a Host that", hosts);
