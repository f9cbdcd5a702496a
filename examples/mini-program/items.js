import { HttpError } from "./http-error.js";

const MAX_LINES = 50;
const MAX_QUANTITY = 99;

/** Checks `{ items: [{ productId, quantity }] }` as a client sends it. */
export function parseItems(body) {
  const items = body?.items;
  if (!Array.isArray(items)) invalid('"items" must be a list');
  if (items.length > MAX_LINES) invalid(`"items" has more than ${MAX_LINES} lines`);
  const seen = new Set();
  return items.map((item) => {
    const { productId, quantity } = item ?? {};
    if (typeof productId !== "string") invalid('Each item needs a "productId"');
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > MAX_QUANTITY) {
      invalid(`"quantity" of "${productId}" must be a whole number from 1 to ${MAX_QUANTITY}`);
    }
    if (seen.has(productId)) invalid(`"${productId}" is listed twice`);
    seen.add(productId);
    return { productId, quantity };
  });
}

/** Puts names and prices to items and adds up what they cost. */
export function priceItems(items, products) {
  const byId = new Map(products.map((product) => [product.id, product]));
  const lines = items.map(({ productId, quantity }) => {
    const product = byId.get(productId) ?? invalid(`No product "${productId}"`);
    const { name, priceCents } = product;
    return { productId, name, quantity, priceCents, totalCents: priceCents * quantity };
  });
  return { items: lines, totalCents: lines.reduce((sum, line) => sum + line.totalCents, 0) };
}

function invalid(message) {
  throw new HttpError(422, "invalid_items", message);
}
