import { type Verdict, verdicts } from "./verdicts.ts";

const ambiguous = [400, "TIDEGATE_FRAMING_AMBIGUOUS"] as const;
const post = (body: string): string => `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
const first = (line: string): string => post(`${line}\r\nhello\r\n0\r\n\r\n`);
const hello = [{ method: "POST", body: "hello" }];

const sizes: Verdict[] = [
  { name: "empty", request: first(""), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "a word", request: first("zz"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with 0x", request: first("0x5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a plus", request: first("+5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a minus", request: first("-5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with an underscore", request: first("0_5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a space before", request: first(" 5"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a space behind", request: first("5 "), refused: ambiguous, peers: ["node"] },
  { name: "with a tab behind", request: first("5\t"), refused: ambiguous, peers: ["node"] },
  {
    name: "of more than 64 bits",
    request: first("10000000000000005"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "with many zeros", request: first(`${"0".repeat(20)}5`), refused: ambiguous, peers: [] },
  { name: "ended by a bare LF", request: post("5\nhello\r\n0\r\n\r\n"), refused: ambiguous, peers: ["node"] },
  {
    name: "ended by a bare CR",
    request: post("5\rhello\r\n0\r\n\r\n"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "ended by CR CR LF",
    request: post("5\r\r\nhello\r\n0\r\n\r\n"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "less than its data",
    request: post("3\r\nhello\r\n0\r\n\r\n"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "more than its data", request: post("6\r\nhello\r\n0\r\n\r\n"), refused: ambiguous, peers: ["node"] },
  {
    name: "behind data without CRLF",
    request: post("5\r\nhello0\r\n\r\n"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "behind data with a bare LF", request: post("5\r\nhello\n0\r\n\r\n"), refused: ambiguous, peers: ["node"] },
  {
    name: "behind an empty line",
    request: post("5\r\nhello\r\n\r\n0\r\n\r\n"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "of the last chunk, negative",
    request: post("5\r\nhello\r\n-0\r\n\r\n"),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "with zeros before it", request: first("0005"), seen: hello, peers: ["node", "nginx", "haproxy"] },
  {
    name: "in capitals",
    request: post(`A\r\n${"a".repeat(10)}\r\n000\r\n\r\n`),
    seen: [{ body: "a".repeat(10) }],
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "of no data at all", request: post("0\r\n\r\n"), seen: [{ body: "" }], peers: ["node", "nginx", "haproxy"] },
  {
    name: "of many small chunks",
    request: post(`${"1\r\na\r\n".repeat(500)}0\r\n\r\n`),
    seen: [{ body: "a".repeat(500) }],
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("a chunk's size", sizes);

const extensions: Verdict[] = [
  { name: "with a bare LF", request: first("5;a\nb"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a bare CR", request: first("5;a\rb"), refused: ambiguous, peers: ["node", "nginx", "haproxy"] },
  { name: "with a NUL", request: first("5;a\0"), refused: ambiguous, peers: ["node"] },
  {
    name: "with a line break in quotes",
    request: first('5;a="\r\n"'),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  {
    name: "with a bare LF in quotes",
    request: first('5;a="\n"'),
    refused: ambiguous,
    peers: ["node", "nginx", "haproxy"],
  },
  { name: "whose quotes do not end", request: first('5;a="b'), refused: ambiguous, peers: ["node"] },
  { name: "with text behind the quotes", request: first('5;a="b"c'), refused: ambiguous, peers: ["node"] },
  { name: "without a name", request: first("5;"), refused: ambiguous, peers: ["node"] },
  { name: "with a value alone", request: first("5;=a"), refused: ambiguous, peers: [] },
  { name: "with a separator in its name", request: first("5;a(b)"), refused: ambiguous, peers: ["node"] },
  { name: "with a space in its name", request: first("5;a b"), refused: ambiguous, peers: ["node"] },
  { name: "behind a space", request: first("5 ;a"), refused: ambiguous, peers: ["node"] },
  { name: "behind a semicolon and a space", request: first("5; a=b"), refused: ambiguous, peers: ["node"] },
  { name: "that is long", request: first(`5;a=${"b".repeat(300)}`), refused: ambiguous, peers: [] },
  {
    name: "that is one of many long ones",
    request: post(`${`1;a=${"b".repeat(200)}\r\nc\r\n`.repeat(100)}0\r\n\r\n`),
    refused: ambiguous,
    peers: [],
  },
  { name: "with a name", request: first("5;a"), seen: hello, peers: ["node", "nginx", "haproxy"] },
  { name: "with a value", request: first("5;a=b;c=d"), seen: hello, peers: ["node", "nginx", "haproxy"] },
  { name: "with a value in quotes", request: first('5;a="b;\\"c"'), seen: hello, peers: ["node", "nginx", "haproxy"] },
  {
    name: "of the last chunk",
    request: post("5\r\nhello\r\n0;a=b\r\n\r\n"),
    seen: hello,
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("a chunk's extension", extensions);

const trailing = (...lines: string[]): string =>
  post(`5\r\nhello\r\n0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);

const trailers: Verdict[] = [
  { name: "with a length", request: trailing("Content-Length: 9"), refused: ambiguous, peers: ["node", "haproxy"] },
  {
    name: "with a coding",
    request: trailing("Transfer-Encoding: chunked"),
    refused: ambiguous,
    peers: ["node", "haproxy"],
  },
  { name: "with a disguised coding", request: trailing("Transfer_Encoding: chunked"), refused: ambiguous, peers: [] },
  { name: "with a Host", request: trailing("X-A: 1", "host: evil"), refused: ambiguous, peers: [] },
  { name: "with a Cookie", request: trailing("Cookie: a=1"), refused: ambiguous, peers: [] },
  { name: "with an Authorization", request: trailing("Authorization: Basic eA=="), refused: ambiguous, peers: [] },
  { name: "with a client's address", request: trailing("X-Forwarded-For: 6.6.6.6"), refused: ambiguous, peers: [] },
  { name: "with a Connection", request: trailing("Connection: close"), refused: ambiguous, peers: ["node"] },
  {
    name: "with a space before the colon",
    request: trailing("X-A : 1"),
    refused: ambiguous,
    peers: ["node", "haproxy"],
  },
  { name: "with a folded line", request: trailing("X-A: 1", " 2"), refused: ambiguous, peers: ["node"] },
  { name: "with a bare LF", request: trailing("X-A: 1\nX-B: 2"), refused: ambiguous, peers: ["node"] },
  { name: "with a NUL", request: trailing("X-A: \0"), refused: ambiguous, peers: ["node", "haproxy"] },
  { name: "without a colon", request: trailing("X-A"), refused: ambiguous, peers: ["node", "haproxy"] },
  { name: "without a name", request: trailing(": 1"), refused: ambiguous, peers: ["node", "haproxy"] },
  { name: "ended by a bare LF", request: post("5\r\nhello\r\n0\r\n\n"), refused: ambiguous, peers: ["node"] },
  {
    name: "that is too long",
    request: trailing(`X-A: ${"a".repeat(17_000)}`),
    refused: ambiguous,
    peers: ["node", "haproxy"],
  },
  {
    name: "with fields of its own",
    request: trailing("X-A: 1", "x-b: 2"),
    seen: [{ body: "hello", trailers: ["X-A", "1", "x-b", "2"] }],
    peers: ["node", "nginx", "haproxy"],
  },
];

verdicts("a trailer section", trailers);
