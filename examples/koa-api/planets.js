/** Mean distance from the sun. */
export const PLANETS = [
  { name: "mercury", millionKm: 57.9 },
  { name: "venus", millionKm: 108.2 },
  { name: "earth", millionKm: 149.6 },
  { name: "mars", millionKm: 227.9 },
  { name: "jupiter", millionKm: 778.6 },
  { name: "saturn", millionKm: 1433.5 },
  { name: "uranus", millionKm: 2872.5 },
  { name: "neptune", millionKm: 4495.1 },
];

export function findPlanet(name) {
  return PLANETS.find((planet) => planet.name === name);
}
