import { expect, it } from "vitest";
import { type LineMember, WaitingLine } from "./waiting-line.ts";

class Member implements LineMember<Member> {
  line: WaitingLine<Member> | null = null;
  before: Member | null = null;
  behind: Member | null = null;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

const names = (line: WaitingLine<Member>): string => [...line].map(({ name }) => name).join("");

function lineOf(...members: Member[]): WaitingLine<Member> {
  const line = new WaitingLine<Member>();
  for (const member of members) line.add(member);
  return line;
}

it("WaitingLine keeps its members in the order they came", () => {
  const [a, b, c] = [new Member("a"), new Member("b"), new Member("c")];
  const line = lineOf(a, b, c);
  expect(names(line)).toBe("abc");
  expect(line).toMatchObject({ size: 3, first: a });
});

it.each([
  { name: "the first", leaves: 0, left: "bc" },
  { name: "one in the middle", leaves: 1, left: "ac" },
  { name: "the last", leaves: 2, left: "ab" },
])("WaitingLine without $name goes on", ({ leaves, left }) => {
  const members = [new Member("a"), new Member("b"), new Member("c")];
  const line = lineOf(...members);
  const leaver = members[leaves];
  if (leaver !== undefined) line.remove(leaver);
  expect(names(line)).toBe(left);
  expect(leaver).toMatchObject({ line: null, before: null, behind: null });
  line.add(new Member("d"));
  expect(names(line)).toBe(`${left}d`);
});

it("WaitingLine takes a member out of the line it stands in, be that itself", () => {
  const [a, b] = [new Member("a"), new Member("b")];
  const [one, two] = [lineOf(a, b), lineOf()];
  one.add(a);
  expect(names(one)).toBe("ba");
  two.add(b);
  two.add(a);
  expect([names(one), names(two), one.size, one.first]).toEqual(["", "ba", 0, null]);
});

it("members may leave a WaitingLine while it is walked", () => {
  const line = lineOf(new Member("a"), new Member("b"), new Member("c"));
  for (const member of line) line.remove(member);
  expect(line.size).toBe(0);
});
