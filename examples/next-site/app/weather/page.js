import { setTimeout as delay } from "node:timers/promises";
import { connection } from "next/server";
import { Suspense } from "react";

/** The frame of the page comes at once, the forecast when it is known. */
export default function Weather() {
  return (
    <>
      <h1>Weather</h1>
      <Suspense fallback={<p id="wait">Asking the weather station</p>}>
        <Forecast />
      </Suspense>
    </>
  );
}

async function Forecast() {
  await connection();
  await delay(300);
  return <p id="forecast">Wind from the west, 4 Bft</p>;
}
