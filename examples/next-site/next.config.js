/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  images: { formats: ["image/webp"] },
};

export default config;
