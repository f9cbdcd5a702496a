// From rows of either database to what the store gives out.

export function toProduct(row) {
  const { id, name, description, price_cents: priceCents, stock } = row;
  return { id, name, description, priceCents, stock };
}

export function toOrder(row) {
  return {
    id: row.id,
    // PostgreSQL's driver gives a BIGINT as text.
    createdAt: Number(row.created_at),
    note: row.note,
    items: JSON.parse(row.items),
    totalCents: row.total_cents,
  };
}
