import { describe, expect, it } from "vitest";
import { clientKey, RateLimiter } from "./rate-limiter.ts";

describe("RateLimiter.take", () => {
  it("lets a burst pass, then as many as come in", () => {
    const limiter = new RateLimiter({ perSecond: 10, burst: 3, per: "function" });
    for (let count = 0; count < 3; count++) expect(limiter.take("a", 1_000)).toBe(0);
    expect(limiter.take("b", 1_000)).toBeCloseTo(100);
    expect(limiter.take("b", 1_040)).toBeCloseTo(60);
    expect(limiter.take("b", 1_100)).toBe(0);
    expect(limiter.take("b", 1_100)).toBeCloseTo(100);
  });

  it("fills up while nobody comes, to the burst and no further", () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 2, per: "function" });
    limiter.take("a", 0);
    limiter.take("a", 0);
    for (let count = 0; count < 2; count++) expect(limiter.take("a", 1e9)).toBe(0);
    expect(limiter.take("a", 1e9)).toBeGreaterThan(0);
  });

  it("passes exactly the rate in the long run, whoever hammers", () => {
    const limiter = new RateLimiter({ perSecond: 30, burst: 1, per: "function" });
    let passed = 0;
    for (let now = 0; now < 10_000; now++) if (limiter.take("a", now) === 0) passed++;
    // Once a millisecond nobody comes at the exact time.
    expect(passed).toBeGreaterThan(290);
    expect(passed).toBeLessThanOrEqual(300);
  });

  it("gives each client its own", () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 1, per: "client" });
    expect(limiter.take("192.0.2.1", 0)).toBe(0);
    expect(limiter.take("192.0.2.2", 0)).toBe(0);
    expect(limiter.take("192.0.2.1", 0)).toBeCloseTo(1_000);
  });

  it("remembers a bounded number of clients, those that came last", () => {
    const limiter = new RateLimiter({ perSecond: 0.001, burst: 1, per: "client" });
    for (let count = 0; count < 120_000; count++) {
      limiter.take(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`, count / 1_000);
    }
    expect(limiter.size).toBeLessThanOrEqual(50_000);
    expect(limiter.take("10.1.212.191", 200)).toBeGreaterThan(0);
  });
});

describe("clientKey", () => {
  it.each([
    { address: "192.0.2.1", key: "192.0.2.1" },
    { address: "::ffff:192.0.2.1", key: "192.0.2.1" },
    { address: "::FFFF:192.0.2.2", key: "192.0.2.2" },
    { address: "192.0.2.1:40123", key: "192.0.2.1" },
    { address: "[2001:db8::1]:443", key: "2001:db8:0:0" },
    { address: "[2001:db8::1]", key: "2001:db8:0:0" },
    { address: "2001:db8:1:2:3:4:5:6", key: "2001:db8:1:2" },
    { address: "2001:DB8:1:2:ffff::1", key: "2001:db8:1:2" },
    { address: "2001:db8::1", key: "2001:db8:0:0" },
    { address: "::1", key: "0:0:0:0" },
    { address: "fe80::1%eth0", key: "fe80:0:0:0" },
    { address: "unknown", key: "unknown" },
  ])("$address -> $key", ({ address, key }) => expect(clientKey(address)).toBe(key));
});
