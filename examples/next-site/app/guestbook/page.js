import { cookies } from "next/headers";
import { SignForm } from "./sign-form.js";

export default async function GuestBook() {
  const guest = (await cookies()).get("guest")?.value;
  return (
    <>
      <h1>Guest book</h1>
      <p id="guest">{guest ? `You signed as ${guest}.` : "You have not signed yet."}</p>
      <SignForm />
    </>
  );
}
