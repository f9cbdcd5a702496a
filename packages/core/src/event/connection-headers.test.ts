import { describe, expect, test } from "vitest";
import { isConnectionHeader } from "./connection-headers.ts";

describe("isConnectionHeader", () => {
  test.each(["Connection", "keep-alive", "Transfer-Encoding", "TE", "trailer", "Upgrade", "proxy-connection"])(
    "%s is the platform's own",
    (name) => expect(isConnectionHeader(name)).toBe(true),
  );

  test.each(["content-length", "set-cookie", "proxy-authenticate", "date"])("%s is the app's", (name) =>
    expect(isConnectionHeader(name)).toBe(false),
  );
});
