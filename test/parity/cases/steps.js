const condition = (name, value) => ({ target: "/s/hello.txt", headers: [[name, value]] });

/** What clients ask of a folder of static files below `/s`. */
export const staticSteps = [
  { target: "/s/hello.txt" },
  { target: "/s/pixel.png" },
  { target: "/s/gr%C3%BC%C3%9Fe.txt" },
  { target: "/s/" },
  { target: "/s/sub" },
  { target: "/s/sub/" },
  { target: "/s/none" },
  { target: "/s/.hidden" },
  { target: "/s/../cases/static.js" },
  { target: "/s/%2e%2e/x" },
  { target: "/s/a%00b" },
  { method: "HEAD", target: "/s/hello.txt" },
  { method: "POST", target: "/s/hello.txt" },
  condition("Range", "bytes=0-4"),
  condition("Range", "bytes=-4"),
  condition("Range", "bytes=5-"),
  condition("Range", "bytes=0-0,4-5"),
  condition("Range", "bytes=900-"),
  condition("Range", "lines=1-2"),
  condition("If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT"),
  condition("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"),
  condition("If-Unmodified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"),
  condition("If-Match", '"other"'),
  (answers) =>
    condition("If-None-Match", answers[0].headers.find(([name]) => name.toLowerCase() === "etag")?.[1] ?? ""),
  (answers) => ({
    target: "/s/hello.txt",
    headers: [
      ["Range", "bytes=0-4"],
      ["If-Range", answers[0].headers.find(([name]) => name.toLowerCase() === "etag")?.[1] ?? ""],
    ],
  }),
];

/** Keeps the cookies of the answers before. */
export function withCookies(step) {
  return (answers) => {
    const jar = new Map();
    for (const { headers } of answers) {
      for (const [name, value] of headers) {
        const pair = /^([^=;]+)=([^;]*)/.exec(value);
        if (name.toLowerCase() === "set-cookie" && pair !== null) jar.set(pair[1], pair[2]);
      }
    }
    const cookie = [...jar].map((pair) => pair.join("=")).join("; ");
    const request = typeof step === "function" ? step(answers) : step;
    return { ...request, headers: [...(request.headers ?? []), ["Cookie", cookie]] };
  };
}
