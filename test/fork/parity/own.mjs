export const own = { main: import.meta.main ?? null, url: import.meta.url };
