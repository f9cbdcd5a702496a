import { type Verdict, verdicts } from "./verdicts.ts";

const post = (body: string, ...lines: string[]): string =>
  `POST / HTTP/1.1\r\nHost: x\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n${body}`;
const ambiguous = [400, "TIDEGATE_FRAMING_AMBIGUOUS"] as const;
const invalid = [400, "TIDEGATE_REQUEST_INVALID"] as const;
const hello = [{ method: "POST", body: "hello" }];
const length = (value: string): string => post("hello", `Content-Length:${value}`);

const lengths: Verdict[] = [
  {
    name: "twice, different",
    request: post("hello", "Content-Length: 5", "Content-Length: 6"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "twice, the same",
    request: post("hello", "Content-Length: 5", "content-length: 5"),
    refused: ambiguous,
    peers: ["node", "nginx"],
  },
  { name: "a list of the same", request: length(" 5, 5"), refused: ambiguous, peers: ["node", "nginx"] },
  {
    name: "a list with nothing in it",
    request: length(" 5,"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "with a plus", request: length(" +5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a minus", request: length(" -5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "hexadecimal", request: length(" 0x5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "octal with a letter", request: length(" 0o5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with an underscore", request: length(" 0_5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a fraction", request: length(" 5.0"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with an exponent", request: length(" 5e0"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  {
    name: "with a space between digits",
    request: length(" 0 5"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "in quotes", request: length(' "5"'), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "empty", request: length(""), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "a word", request: length(" five"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  {
    name: "a digit of another script",
    request: length(" \xb2"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "more than any integer",
    request: length(" 18446744073709551621"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "behind a vertical tab", request: length(" \x0b5"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "folded", request: length("\r\n 5"), refused: invalid, peers: ["node", "nginx"] },
  {
    name: "with a space before the colon",
    request: post("hello", "Content-Length : 5"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "with white space around it", request: length(" \t5\t "), seen: hello, peers: ["node", "haproxy"] },
  { name: "with zeros before it", request: length(" 0005"), seen: hello, peers: ["node", "nginx", "haproxy"] },
  {
    name: "in capitals",
    request: post("hello", "CONTENT-LENGTH: 5"),
    seen: hello,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "none: what follows is a request",
    request: post("", "X-A: 1"),
    seen: [{ method: "POST", body: "" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with GET",
    request: "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    seen: [{ method: "GET", body: "hello" }],
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "of a body that looks like a request",
    request: post("GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n", "Content-Length: 36".replace("36", "35")),
    seen: [{ body: "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n" }],
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("a Content-Length", lengths);

const chunked = "5\r\nhello\r\n0\r\n\r\n";
const coded = (...values: string[]): string => post(chunked, ...values.map((value) => `Transfer-Encoding:${value}`));

const codings: Verdict[] = [
  {
    name: "with a length",
    request: post(chunked, "Content-Length: 5", "Transfer-Encoding: chunked"),
    refused: ambiguous,
    peers: ["node", "nginx"],
  },
  {
    name: "before a length",
    request: post(chunked, "Transfer-Encoding: chunked", "Content-Length: 0"),
    refused: ambiguous,
    peers: ["node", "nginx"],
  },
  {
    name: "twice in a list",
    request: coded(" chunked, chunked"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "twice in two lines",
    request: coded(" chunked", " chunked"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "before identity",
    request: coded(" chunked, identity"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "behind identity", request: coded(" identity, chunked"), refused: ambiguous, peers: ["nginx", "haproxy"] },
  {
    name: "and identity in another line",
    request: coded(" chunked", " identity"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "and identity in a line before",
    request: coded(" identity", " chunked"),
    refused: ambiguous,
    peers: ["nginx", "haproxy"],
  },
  {
    name: "and an empty line",
    request: coded("", " chunked"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "identity alone", request: coded(" identity"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "gzip alone", request: coded(" gzip"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "behind gzip", request: coded(" gzip, chunked"), refused: ambiguous, peers: ["nginx", "haproxy"] },
  {
    name: "with a letter before",
    request: coded(" xchunked"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with a letter behind",
    request: coded(" chunkedx"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "with a comma behind", request: coded(" chunked,"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a comma before", request: coded(" ,chunked"), refused: ambiguous, peers: ["nginx", "haproxy"] },
  { name: "with a parameter", request: coded(" chunked;q=1"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "in quotes", request: coded(' "chunked"'), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  {
    name: "behind a space that only Unicode knows",
    request: coded(" \xa0chunked"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "behind a vertical tab",
    request: coded(" \x0bchunked"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "behind a NUL", request: coded(" \0chunked"), refused: invalid, peers: ["node", "nginx", "haproxy"] },
  { name: "folded", request: coded("\r\n chunked"), refused: invalid, peers: ["node", "nginx"] },
  {
    name: "with a space before the colon",
    request: post(chunked, "Transfer-Encoding : chunked"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "behind a bare LF",
    request: post(chunked, "X-A: a\nTransfer-Encoding: chunked"),
    refused: invalid,
    peers: ["node"],
  },
  {
    name: "behind a bare CR",
    request: post(chunked, "X-A: a\rTransfer-Encoding: chunked"),
    refused: invalid,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "in HTTP/1.0",
    request: `POST / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
    refused: ambiguous,
    peers: ["nginx"],
  },
  {
    name: "before white space",
    request: coded(" chunked \t"),
    refused: ambiguous,
    peers: ["node", "nginx"],
  },
  { name: "behind white space", request: coded("\t chunked"), seen: hello, peers: ["node", "haproxy"] },
  { name: "in capitals", request: coded(" CHUNKED"), seen: hello, peers: ["node", "nginx", "haproxy"] },
  {
    name: "with GET",
    request: `GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
    seen: [{ method: "GET", body: "hello" }],
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("chunked", codings);
