import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCloudEvent } from "./cloud-event.ts";
import { cloudEventHeaders, encodeHeaderValue, isMediaType } from "./cloud-event-headers.ts";

const fixture = JSON.parse(readFileSync(new URL("./fixtures/cloudevents/binary.json", import.meta.url), "utf8"));

/** Any UTF-16, halves of pairs included. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));

describe("encodeHeaderValue", () => {
  test.each([
    { name: "the specification's example", value: "Euro € 😀", encoded: "Euro%20%E2%82%AC%20%F0%9F%98%80" },
    { name: "printable ASCII", value: "!#$&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~", encoded: undefined },
    { name: "quote, per cent and delete", value: '"%\x7f', encoded: "%22%25%7F" },
    { name: "an end of line", value: "a\r\nb: c", encoded: "a%0D%0Ab:%20c" },
    { name: "a half of a pair", value: "a\ud800", encoded: "a%EF%BF%BD" },
  ])("$name", ({ value, encoded }) => {
    expect(encodeHeaderValue(value)).toBe(encoded ?? value);
  });

  test("any text is a header of visible ASCII, and one round of decoding gives it back", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const encoded = encodeHeaderValue(value);
        expect(encoded).toMatch(/^[!-~]*$/);
        expect(decodeURIComponent(encoded)).toBe(value.toWellFormed());
      }),
    );
  });
});

describe("cloudEventHeaders", () => {
  test("are those of the captured request", () => {
    const { "content-type": _, ...expected } = fixture.headers;
    const raw = cloudEventHeaders(
      createCloudEvent({
        id: "A234-1234-1234",
        source: "/shop/orders",
        type: "com.acme.order.placed",
        subject: fixture.decodedSubject,
        time: "2026-06-14T09:15:32.417Z",
      }),
    );
    const pairs = raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]]] : []));
    expect(Object.fromEntries(pairs)).toEqual(expected);
  });

  test("no extension takes the place of an attribute or has a name that is none", () => {
    const extensions = { id: "x", specversion: "x", data: "x", "a\r\nb": "x", Up: "x", tenant: "t 1", dataschema: "u" };
    const raw = cloudEventHeaders(createCloudEvent({ id: "1", source: "/", type: "t", extensions }));
    expect(raw.slice(8)).toEqual(["ce-tenant", "t%201", "ce-dataschema", "u"]);
  });

  test("whatever an event says, its headers are legal, and each name comes once", () => {
    const text = anyText.filter((value) => value !== "");
    const parts = fc.record({
      id: text,
      source: text,
      type: text,
      subject: text,
      extensions: fc.dictionary(text, text),
    });
    fc.assert(
      fc.property(parts, (event) => {
        const raw = cloudEventHeaders(createCloudEvent(event));
        const names = raw.filter((_, i) => i % 2 === 0);
        expect(raw.length % 2).toBe(0);
        expect(new Set(names).size).toBe(names.length);
        for (const part of raw) expect(part).toMatch(/^[!-~]*$/);
      }),
    );
  });
});

describe("isMediaType", () => {
  test.each(["application/json", "application/json; charset=utf-8", 'text/plain;charset="utf-8"', "a/b+c.d"])(
    "%s",
    (value) => expect(isMediaType(value)).toBe(true),
  );
  test.each(["", "json", "a/b\r\nx: y", "a/b; é", "a /b", "a/b, c/d"])("refuses %j", (value) =>
    expect(isMediaType(value)).toBe(false),
  );
});
