import Image from "next/image";
import harbour from "../public/harbour.png";

export default function Home() {
  return (
    <>
      <h1>Harbour</h1>
      <p>This page was made when the site was built. The picture is made smaller when it is asked for.</p>
      <Image src={harbour} alt="Boats in a harbour at dusk" sizes="(max-width: 48rem) 100vw, 48rem" priority />
    </>
  );
}
