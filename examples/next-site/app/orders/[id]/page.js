import { headers } from "next/headers";
import { notFound } from "next/navigation";

/** Made for each request: it reads the path, the query, the headers and the clock. */
export default async function Order({ params, searchParams }) {
  const { id } = await params;
  if (!/^\d+$/.test(id)) notFound();
  const { from = "nowhere" } = await searchParams;
  const asked = await headers();
  const language = asked.get("accept-language") ?? "any language";
  return (
    <>
      <h1>Order {id}</h1>
      <dl>
        <dt>Asked for at</dt>
        <dd id="time">{new Date().toISOString()}</dd>
        <dt>Coming from</dt>
        <dd id="from">{from}</dd>
        <dt>Read in</dt>
        <dd id="language">{language}</dd>
        <dt>Piloted by</dt>
        <dd id="pilot">{asked.get("x-pilot") ?? "nobody"}</dd>
      </dl>
    </>
  );
}
