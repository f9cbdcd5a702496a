import { draftMode } from "next/headers";
import { notFound } from "next/navigation";

// Made anew at most once an hour, or when /api/tides is told of new tables.
export const revalidate = 3600;

export function generateStaticParams() {
  return [{ day: "monday" }];
}

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** Made when it is first asked for, then kept: by the build for Monday, by the running site for the other days. */
export default async function Tides({ params }) {
  const { day } = await params;
  if (!DAYS.includes(day)) notFound();
  const { isEnabled } = await draftMode();
  return (
    <>
      <h1>Tides on {day}</h1>
      <p id="made">{new Date().toISOString()}</p>
      <p id="draft">{isEnabled ? "A draft." : "As published."}</p>
    </>
  );
}
