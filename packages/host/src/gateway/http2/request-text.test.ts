import { describe, expect, it } from "vitest";
import { requestText } from "./request-text.ts";

const get = [":method", "GET", ":scheme", "https", ":path", "/a?b=c", ":authority", "x.example"];

const textOf = (fields: readonly string[], hasBody = false): string => {
  const request = requestText(fields, hasBody);
  return "head" in request ? request.head : request.why;
};

describe("requestText writes a request of HTTP/2 as one of HTTP/1.1", () => {
  const cases: { name: string; fields: readonly string[]; hasBody?: boolean; text: string }[] = [
    { name: "a GET", fields: get, text: "GET /a?b=c HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n" },
    {
      name: "fields in their order, crumbs of a cookie at the end",
      fields: [...get, "cookie", "a=1", "accept", "*/*", "cookie", "b=2", "accept", "text/html"],
      text: "GET /a?b=c HTTP/1.1\r\nHost: x.example\r\naccept: */*\r\naccept: text/html\r\ncookie: a=1; b=2\r\nConnection: close\r\n\r\n",
    },
    {
      name: "Host where there is no :authority",
      fields: [...get.slice(0, 6), "host", "y.example"],
      text: "GET /a?b=c HTTP/1.1\r\nHost: y.example\r\nConnection: close\r\n\r\n",
    },
    {
      name: "a body of unknown length in chunks",
      fields: get,
      hasBody: true,
      text: "GET /a?b=c HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
    },
    {
      name: "a body of known length as it is",
      fields: [...get, "content-length", "4"],
      hasBody: true,
      text: "GET /a?b=c HTTP/1.1\r\nHost: x.example\r\ncontent-length: 4\r\nConnection: close\r\n\r\n",
    },
  ];
  it.each(cases)("$name", ({ fields, hasBody = false, text }) => {
    expect(textOf(fields, hasBody)).toBe(text);
  });

  it("a WebSocket with a key of its own, whatever key came", () => {
    const fields = [":method", "CONNECT", ":protocol", "websocket", ...get.slice(2)];
    const texts = [textOf(fields, true), textOf(fields, true)];
    for (const text of texts) {
      expect(text).toMatch(
        /^GET \/a\?b=c HTTP\/1\.1\r\nHost: x\.example\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: [\w+/]{22}==\r\n\r\n$/,
      );
    }
    expect(texts[0]).not.toBe(texts[1]);
  });

  it.each(["application/grpc", "application/grpc+proto", "application/grpc;x=y"])("knows gRPC by %s", (type) => {
    expect(requestText([...get, "content-type", type], true)).toMatchObject({ isGrpc: true });
    expect(requestText([...get, "content-type", "application/grpcish"], true)).toMatchObject({ isGrpc: false });
  });
});

describe("requestText refuses by itself, whatever the library below has let through", () => {
  const replace = (name: string, value: string): string[] => get.with(get.indexOf(name) + 1, value);
  const cases: [string, readonly string[]][] = [
    ["CR LF in a value", [...get, "a", "b\r\nc: d"]],
    ["NUL in a value", [...get, "a", "b\0"]],
    ["white space around a value", [...get, "a", " b"]],
    ["a colon in a name", [...get, "a:b", "c"]],
    ["CR LF in a name", [...get, "a\r\nb", "c"]],
    ["upper case in a name", [...get, "A", "b"]],
    ["an empty name", [...get, "", "b"]],
    ["CR LF in the path", replace(":path", "/ HTTP/1.1\r\na: b")],
    ["a space in the path", replace(":path", "/a b")],
    ["a fragment", replace(":path", "/a#b")],
    ["an absolute URL for a path", replace(":path", "http://y/")],
    ["a space in the method", replace(":method", "GET /")],
    ["CR LF in the authority", replace(":authority", "x\r\na: b")],
    ["a pseudo header twice", [...get, ":path", "/b"]],
    ["a pseudo header behind others", ["a", "b", ...get]],
    ["Transfer-Encoding", [...get, "transfer-encoding", "chunked"]],
    ["Connection", [...get, "connection", "close"]],
    ["Host and :authority that differ", [...get, "host", "y"]],
    ["two Hosts", [...get.slice(0, 6), "host", "y", "host", "y"]],
    ["TE other than trailers", [...get, "te", "chunked"]],
    ["a length without a body", [...get, "content-length", "4"]],
    ["a scheme of something else", replace(":scheme", "ftp")],
    ["a :protocol without CONNECT", [...get, ":protocol", "websocket"]],
  ];
  it.each(cases)("%s", (_name, fields) => {
    expect(requestText(fields, false)).toMatchObject({ refused: "TIDEGATE_REQUEST_INVALID" });
  });

  it("CONNECT for anything but a WebSocket", () => {
    const refused = { refused: "TIDEGATE_METHOD_UNSUPPORTED" };
    expect(requestText([":method", "CONNECT", ":authority", "y:443"], true)).toMatchObject(refused);
    expect(requestText([...get.with(1, "CONNECT"), ":protocol", "udp"], true)).toMatchObject(refused);
  });
});
