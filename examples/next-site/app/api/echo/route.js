export async function GET(request) {
  return Response.json({ query: Object.fromEntries(request.nextUrl.searchParams) });
}

export async function POST(request) {
  const text = await request.text();
  return Response.json({ length: text.length, text }, { status: 201, headers: { "X-Echo": "yes" } });
}
