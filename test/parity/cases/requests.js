import { echo, echoBody, echoTarget } from "./echo.js";

const targets = [
  "/",
  "/a/b?x=1&y=2",
  "/files/a%20b%2Bc.png",
  "/a%2Fb",
  "/%E4%BD%A0%E5%A5%BD",
  "/%e4",
  "/100%25",
  "/a%3Fb%23c",
  "//double//slash/",
  "/a/./b/../c",
  "/a/%2e%2e/c",
  "/semi;colon=1,2!$&'()*@~",
  "/?",
  "/?a",
  "/?a=",
  "/?=a",
  "/?a&b=&c=1",
  "/?a=1&a=2&a=3",
  "/?a=1&b=2&a=3",
  "/?a[]=1&a[]=2&o[k]=v",
  "/?q=hello+world",
  "/?q=hello%20world&p=1%2B1",
  "/?q=%E4%BD%A0&%E5%A5%BD=1",
  "/?q=a%2Cb,c",
  "/?q=100%&r=%zz",
  "/?2=b&1=a&z=c",
  "/?url=https%3A%2F%2Fexample.com%2F%3Fa%3Db%26c%3Dd",
  "/?a=1?b=2",
  "/?__proto__=x&constructor=y&toString=z",
  "/%",
  "/a%00b",
  `/long/${"x".repeat(3000)}?y=${"z".repeat(3000)}`,
];

const headerSets = {
  "none but Host": [],
  "mixed case": [
    ["X-Cased-NAME", "Value"],
    ["accept", "text/html"],
    ["User-Agent", "curl/8.7.1"],
  ],
  repeated: [
    ["X-Multi", "one"],
    ["X-Other", "between"],
    ["x-multi", "two"],
    ["X-MULTI", "three"],
  ],
  "repeated where Node keeps the first": [
    ["User-Agent", "one"],
    ["User-Agent", "two"],
    ["Referer", "a"],
    ["Referer", "b"],
  ],
  cookies: [["Cookie", "sid=abc123; theme=dark"]],
  "several Cookie headers": [
    ["Cookie", "a=1"],
    ["X-Other", "between"],
    ["Cookie", "b=2; c=3"],
  ],
  "cookies of odd spelling": [["Cookie", 'a=1;b="x y"; c=; =d; e']],
  "empty values": [
    ["X-Empty", ""],
    ["X-Full", "1"],
    ["Accept", ""],
  ],
  "spaces and commas in values": [
    ["X-List", "a,  b ,c"],
    ["X-Quoted", '"a, b"'],
  ],
  "latin1 value": [["X-Latin", "gr\u00fc\u00dfe"]],
  "very long value": [["X-Long", "v".repeat(6000)]],
  "a hundred": Array.from({ length: 100 }, (_, index) => [`X-Header-${index}`, String(index)]),
  "names of Object's members": [
    ["constructor", "1"],
    ["__proto__", "2"],
    ["toString", "3"],
  ],
  "of the connection": [
    ["Connection", "keep-alive"],
    ["Keep-Alive", "timeout=5"],
    ["TE", "trailers"],
  ],
  forwarding: [
    ["X-Forwarded-For", "203.0.113.7, 198.51.100.1"],
    ["X-Forwarded-Host", "example.com"],
  ],
  "numbers as names": [
    ["10", "ten"],
    ["2", "two"],
    ["X-A", "a"],
  ],
  Expect: [
    ["Expect", "100-continue"],
    ["Content-Length", "0"],
  ],
  authorization: [["Authorization", "Basic dXNlcjpwYXNz"]],
};

const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
const large = Buffer.alloc(1024 * 1024, binary);
const json = ["Content-Type", "application/json"];
const octets = ["Content-Type", "application/octet-stream"];

const bodies = {
  "JSON text": { headers: [json], body: '{"a":"grüße"}' },
  "no type": { body: "plain" },
  "no type, binary": { body: binary },
  binary: { headers: [octets], body: binary },
  "binary under a text type": { headers: [["Content-Type", "text/plain"]], body: binary },
  "latin1 text": {
    headers: [["Content-Type", "text/plain; charset=iso-8859-1"]],
    body: Buffer.from("grüße", "latin1"),
  },
  chunked: { headers: [json], body: ['{"a":', "1", "}"] },
  "chunked, UTF-8 split over chunks": {
    headers: [["Content-Type", "text/plain; charset=utf-8"]],
    body: [Buffer.from([0x67, 0xc3]), Buffer.from([0xbc, 0xe2, 0x82]), Buffer.from([0xac])],
  },
  "chunked and empty": { headers: [json], body: [] },
  "chunked with trailers": { headers: [json, ["Trailer", "X-Sum"]], body: ["{}"], trailers: [["X-Sum", "2"]] },
  "length of zero": { headers: [json, ["Content-Length", "0"]] },
  "one MiB": { headers: [octets], body: large },
  "byte order mark": { headers: [json], body: "\ufeff{}" },
  "looks like base64": { headers: [["Content-Type", "text/plain"]], body: "aGVsbG8=" },
};

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT", "QUERY"];

export const group = {
  title: "Requests as the app sees them",
  cases: [
    ...targets.map((target) => ({
      name: `target ${target.length > 60 ? `${target.slice(0, 12)}... of ${target.length}` : target}`,
      app: () => echoTarget,
      steps: [{ target }],
    })),
    ...Object.entries(headerSets).map(([name, headers]) => ({
      name: `headers: ${name}`,
      app: () => echo,
      steps: [{ target: "/h", headers }],
    })),
    ...Object.entries(bodies).map(([name, request]) => ({
      name: `body: ${name}`,
      app: () => echoBody,
      steps: [{ method: "POST", target: "/b", ...request }],
    })),
    ...methods.map((method) => ({
      name: `method ${method}`,
      app: () => echoTarget,
      steps: [{ method, target: "/m?a=b" }],
    })),
    {
      name: "headersDistinct",
      app: () => (req, res) => res.end(JSON.stringify([req.headersDistinct, req.trailersDistinct, req.headers])),
      steps: [
        {
          target: "/",
          headers: [
            ["X-Multi", "a"],
            ["X-Multi", "b"],
          ],
        },
      ],
    },
    {
      name: "chunks of a body",
      app: (kit) => (req, res) => {
        const lengths = [];
        req.on("data", (chunk) => lengths.push(chunk.length));
        req.on("end", () => {
          kit.record(`chunks of ${lengths}`);
          res.end();
        });
      },
      steps: [{ method: "POST", target: "/", body: ["abc", "de"] }],
    },
    { name: "GET with a body", app: () => echoBody, steps: [{ target: "/g", headers: [json], body: "{}" }] },
    {
      name: "DELETE with a body",
      app: () => echoBody,
      steps: [{ method: "DELETE", target: "/g", headers: [json], body: "{}" }],
    },
  ],
};
