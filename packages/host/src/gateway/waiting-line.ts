/** Who may stand in a line. The links are its own: stepping from one line into another allocates nothing. */
export interface LineMember<Member extends LineMember<Member>> {
  line: WaitingLine<Member> | null;
  before: Member | null;
  behind: Member | null;
}

/** Members in the order they came. Where all wait for the same span of time, those whose time is up stand at its front. */
export class WaitingLine<Member extends LineMember<Member>> {
  #first: Member | null = null;
  #last: Member | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Member | null {
    return this.#first;
  }

  /** Takes the member out of the line it stands in, and puts it at the end of this one. */
  add(member: Member): void {
    member.line?.remove(member);
    member.line = this;
    member.before = this.#last;
    if (this.#last === null) this.#first = member;
    else this.#last.behind = member;
    this.#last = member;
    this.#size++;
  }

  /** Takes out a member that stands in it. */
  remove(member: Member): void {
    const { before, behind } = member;
    if (before === null) this.#first = behind;
    else before.behind = behind;
    if (behind === null) this.#last = before;
    else behind.before = before;
    member.line = null;
    member.before = null;
    member.behind = null;
    this.#size--;
  }

  /** Members from first to last; they may leave while it goes on. */
  *[Symbol.iterator](): Generator<Member> {
    for (let member = this.#first; member !== null; ) {
      const { behind } = member;
      yield member;
      member = behind;
    }
  }
}
