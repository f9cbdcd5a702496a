/** @type {import("next").NextConfig} */
const config = {
  distDir: process.env.DIST_DIR ?? ".next",
  poweredByHeader: false,
  images: { formats: ["image/webp"] },
  redirects: () => [{ source: "/old/:path*", destination: "/orders/:path*", permanent: true }],
  headers: () => [{ source: "/api/:path*", headers: [{ key: "X-Api", value: "1" }] }],
};

export default config;
