/** What the shop sells. Without a `stock` there is always more. */
export const PRODUCTS = [
  {
    id: "longjing",
    name: "Longjing, 50 g",
    description: "Pan-fired green tea, picked before the rains",
    priceCents: 8800,
  },
  { id: "puer", name: "Pu'er cake, 200 g", description: "Aged eight years, dark and sweet", priceCents: 16800 },
  { id: "teapot", name: "Clay teapot", description: "Holds 180 ml, pours without a drip", priceCents: 32800 },
  { id: "cups", name: "Two celadon cups", description: "Thin glaze the colour of shallow water", priceCents: 12600 },
  { id: "lantern", name: "Paper lantern", description: "Folds flat, glows warm", priceCents: 5900 },
  {
    id: "tide-bowl",
    name: "Tide bowl",
    description: "One kiln, few bowls: when gone, gone",
    priceCents: 48000,
    stock: 12,
  },
];
