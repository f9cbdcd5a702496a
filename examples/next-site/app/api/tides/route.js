import { revalidatePath } from "next/cache";

/** New tables have come: the day's page is made anew when it is next asked for. */
export async function POST(request) {
  const { day } = await request.json();
  revalidatePath(`/tides/${day}`);
  return Response.json({ day });
}
