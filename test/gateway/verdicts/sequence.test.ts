import { type Verdict, verdicts } from "./verdicts.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const numbers = Array.from({ length: 200 }, (_, at) => at);

const cases: Verdict[] = [
  {
    name: "requests sent ahead",
    request: get("/1") + get("/2") + get("/3"),
    seen: [{ url: "/1" }, { url: "/2" }, { url: "/3" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "many requests sent ahead, with bodies",
    request: numbers.map((at) => post(`/${at}`, `body ${at}`)).join(""),
    seen: numbers.map((at) => ({ url: `/${at}`, body: `body ${at}` })),
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "lengths and chunks by turns",
    request: `${post("/1", "one")}POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n${post("/3", "three")}`,
    seen: [{ body: "one" }, { body: "two" }, { body: "three" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "empty lines between requests",
    request: `${get("/1")}\r\n\r\n${get("/2")}`,
    seen: [{ url: "/1" }, { url: "/2" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "an empty line behind a body",
    request: `${post("/1", "one")}\r\n`,
    seen: [{ body: "one" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a malformed request behind a good one",
    request: `${get("/1")}GET / HTTP/1.1\r\nHost : x\r\n\r\n`,
    refused: [400, "TIDEGATE_REQUEST_INVALID"],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "more than the length said",
    request: `${post("/1", "one")}two`,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "a body where there is none",
    request: `GET /1 HTTP/1.1\r\nHost: x\r\n\r\nhello${get("/2")}`,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "HTTP/1.0 with a body, kept alive",
    request: "POST /1 HTTP/1.0\r\nHost: x\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello",
    seen: [{ url: "/1", body: "hello" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "bytes behind an upgrade that is not made",
    request: `GET /1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n${get("/2")}`,
    seen: [{ url: "/1" }, { url: "/2" }],
    peers: ["nginx", "haproxy"],
  },
  {
    name: "an expectation that nobody knows",
    request: "POST /1 HTTP/1.1\r\nHost: x\r\nExpect: coffee\r\nContent-Length: 5\r\n\r\nhello",
    peers: ["node", "haproxy"],
  },
  {
    name: "an expectation whose body comes at once",
    request: "POST /1 HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\nhello",
    seen: [{ url: "/1", body: "hello" }],
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("a sequence:", cases);
