/**
 * Where a request is on its way through a gateway, as one small integer: its phase, what else matters for what may happen
 * next, and how often it was sent again. `stepRequest` is the only way from one state to the next, and says what is to be
 * done on the way. A number and a switch, because this runs several times for every request.
 */
export type RequestState = number;

/** Phase of a request. `arrived` and `pausing` belong to what users call queued, `unread` to first byte. */
export const requestPhase = {
  /** Its head has been read; nobody has decided about it yet. */
  arrived: 0,
  /** It stands in its function's queue. */
  queued: 1,
  /** It holds a slot of an instance and is being sent to it. */
  dispatched: 2,
  /** Its response has begun: it is never sent again. */
  firstByte: 3,
  /** Its instance was lost; it is sent again in a moment, and holds nothing until then. */
  pausing: 4,
  /** Its response is complete, and its slot free, but its body still arrives. */
  unread: 5,
  done: 6,
  failed: 7,
} as const;

/** What happens to a request. */
export const requestEvent = {
  /** No instance has room: it waits. */
  queue: 0,
  /** It gets a slot of an instance. */
  grant: 1,
  /** It is not served: its function, or the gateway, refuses it. Whoever had it in a queue has taken it out. */
  refuse: 2,
  /** The gateway itself answers it. */
  answer: 3,
  /** The connection to its instance stands: from here on something of it may have reached the app. */
  connect: 4,
  /** More of its body came than is kept for a replay. */
  overflow: 5,
  /** All of its body has arrived. */
  sent: 6,
  /** The head of its response came. */
  head: 7,
  /** Its response is a change of protocol: the two connections are joined. */
  upgrade: 8,
  /** Its response is complete, or its joined connections are closed. */
  complete: 9,
  /** Its connection to the instance ended before the response was complete; the budget has room for a replay. */
  lose: 10,
  /** The same, and the budget for replays is spent. */
  loseForGood: 11,
  /** The instance answered what is no response. */
  invalid: 12,
  /** The gateway gives up on it: its body is malformed, too large, or late, or its response is. */
  giveUp: 13,
  /** Its client went away. */
  leave: 14,
  /** The rest of its body, which its app does not read, is waited for no longer. */
  dropRest: 15,
} as const;

export type RequestEvent = (typeof requestEvent)[keyof typeof requestEvent];

/** What is to be done on the way to a state, in this order; bits of what `stepRequest` returns. */
export const requestEffect = {
  /** Close the connection to the instance, so that the app sees the request go. */
  abort: 0x10000,
  /** Take it out of its function's queue. */
  leaveQueue: 0x20000,
  /** Give its slot back. */
  release: 0x40000,
  /** Have it admitted anew after a pause. */
  replay: 0x80000,
  /** Answer it with an error. */
  answer: 0x100000,
  /** Cut its response off, so that the client can tell. */
  breakOff: 0x200000,
  /** It is over: write its record. */
  record: 0x400000,
} as const;

const phases = 0b111;
const isSentBit = 1 << 3;
const isHeldBit = 1 << 4;
const isReachedBit = 1 << 5;
const isIdempotentBit = 1 << 6;
const isTunnelBit = 1 << 7;
/** Replays after nothing had reached the instance: three bits. */
const unreachedReplay = 1 << 8;
const unreachedReplays = 0b111 << 8;
/** Replay after something had reached the instance: one bit. */
const reachedReplay = 1 << 11;
const stateBits = (1 << 12) - 1;

/** A request that never reached an instance is sent again so many times; one that did, once. */
const mostUnreachedReplays = 5;

const { abort, leaveQueue, release, replay, answer, breakOff, record } = requestEffect;
const { arrived, queued, dispatched, firstByte, pausing, unread, done, failed } = requestPhase;

/** What is known of a request when its head has been read. */
export interface NewRequest {
  /** Whether it may be carried out twice (RFC 9110, 9.2.2). */
  readonly isIdempotent: boolean;
  /** Whether it has no body. */
  readonly isSent: boolean;
}

export function newRequest({ isIdempotent, isSent }: NewRequest): RequestState {
  return arrived | isHeldBit | (isIdempotent ? isIdempotentBit : 0) | (isSent ? isSentBit : 0);
}

export function phaseOf(state: RequestState): number {
  return state & phases;
}

/** Whether it is over. */
export function isEnded(state: RequestState): boolean {
  return (state & phases) >= done;
}

/** Whether it holds a slot of an instance. */
export function holdsSlot(state: RequestState): boolean {
  const phase = state & phases;
  return phase === dispatched || phase === firstByte;
}

/** Whether all of its body has arrived. */
export function isSent(state: RequestState): boolean {
  return (state & isSentBit) !== 0;
}

/** Whether all that came of its body is kept. */
export function isHeld(state: RequestState): boolean {
  return (state & isHeldBit) !== 0;
}

/** Whether something of it may have reached the instance that has it. */
export function isReached(state: RequestState): boolean {
  return (state & isReachedBit) !== 0;
}

/** Whether its connections are joined. */
export function isTunnel(state: RequestState): boolean {
  return (state & isTunnelBit) !== 0;
}

/** Whether it may be sent again if it is lost now. */
export function mayReplay(state: RequestState): boolean {
  return (state & phases) === dispatched && countReplay(state) !== state;
}

/** How often it was sent again. */
export function replaysOf(state: RequestState): number {
  return ((state & unreachedReplays) >> 8) + ((state & reachedReplay) === 0 ? 0 : 1);
}

/**
 * The next state, with the bits of `requestEffect` that are to be carried out.
 *
 * @returns the state without effects by `& requestStateMask`
 * @throws Error for an event that cannot happen in this state: a bug of who tells of it
 */
export function stepRequest(state: RequestState, event: RequestEvent): number {
  const phase = state & phases;
  switch (event) {
    case requestEvent.queue:
      if (phase === arrived || phase === pausing) return to(state, queued);
      break;
    case requestEvent.grant:
      if (isWaiting(phase)) return to(state, dispatched);
      break;
    case requestEvent.refuse:
      if (isWaiting(phase)) return to(state, failed) | answer | record;
      break;
    case requestEvent.answer:
      if (phase === arrived) return to(state, done) | record;
      break;
    case requestEvent.connect:
      if (phase === dispatched) return state | isReachedBit;
      break;
    case requestEvent.overflow:
      if (phase < done) return state & ~isHeldBit;
      break;
    case requestEvent.sent:
      if (phase === unread) return to(state, done) | isSentBit | record;
      if (phase < done) return state | isSentBit;
      break;
    case requestEvent.head:
      if (phase === dispatched) return to(state, firstByte);
      break;
    case requestEvent.upgrade:
      if (phase === dispatched) return to(state, firstByte) | isTunnelBit;
      break;
    case requestEvent.complete:
      if (phase !== firstByte) break;
      if ((state & (isSentBit | isTunnelBit)) === 0) return to(state, unread) | release;
      return to(state, done) | release | record;
    default:
      return stepFailure(state, event);
  }
  return refuseStep(state, event);
}

/** The bits of what `stepRequest` returns that are the state. */
export const requestStateMask: number = stateBits;

function stepFailure(state: RequestState, event: RequestEvent): number {
  const phase = state & phases;
  switch (event) {
    case requestEvent.lose:
      if (phase === dispatched) {
        const counted = countReplay(state);
        if (counted !== state) return to(counted & ~isReachedBit, pausing) | release | replay;
      }
      return stepLoss(state, event);
    case requestEvent.loseForGood:
    case requestEvent.invalid:
      return stepLoss(state, event);
    case requestEvent.giveUp:
      return stepGivenUp(state, event);
    case requestEvent.leave:
      if (phase === unread) return to(state, done) | abort | record;
      if ((state & isTunnelBit) === 0 && phase < done) return to(state, failed) | cleanup(phase) | record;
      break;
    case requestEvent.dropRest:
      if (phase === unread) return to(state, done) | abort | record;
  }
  return refuseStep(state, event);
}

/** Its instance is lost, and it is not sent again. */
function stepLoss(state: RequestState, event: RequestEvent): number {
  switch (state & phases) {
    case dispatched:
      return to(state, failed) | release | answer | record;
    case firstByte:
      if ((state & isTunnelBit) === 0) return to(state, failed) | release | breakOff | record;
      break;
    case unread:
      // Nobody wants the rest of its body any more; the client may still send it, in order.
      return state;
  }
  return refuseStep(state, event);
}

function stepGivenUp(state: RequestState, event: RequestEvent): number {
  const phase = state & phases;
  if (phase === unread) return to(state, failed) | abort | record;
  if (phase === firstByte && (state & isTunnelBit) === 0)
    return to(state, failed) | abort | release | breakOff | record;
  if (phase < firstByte || phase === pausing) return to(state, failed) | cleanup(phase) | answer | record;
  return refuseStep(state, event);
}

/** Whether it can be given a slot, or refused. */
function isWaiting(phase: number): boolean {
  return phase === arrived || phase === queued || phase === pausing;
}

/** What a request holds in a phase has to be given back. */
function cleanup(phase: number): number {
  if (phase === queued) return leaveQueue;
  return phase === dispatched || phase === firstByte ? abort | release : 0;
}

function to(state: RequestState, phase: number): RequestState {
  return (state & ~phases) | phase;
}

/** The state with one more replay counted, where one is allowed; else the same state. */
function countReplay(state: RequestState): RequestState {
  if ((state & isHeldBit) === 0) return state;
  if ((state & isReachedBit) === 0) {
    return (state & unreachedReplays) >> 8 < mostUnreachedReplays ? state + unreachedReplay : state;
  }
  return (state & isIdempotentBit) !== 0 && (state & reachedReplay) === 0 ? state | reachedReplay : state;
}

function refuseStep(state: RequestState, event: RequestEvent): never {
  throw new Error(
    `Cannot step a request: "${nameOf(requestEvent, event)}" in phase "${nameOf(requestPhase, state & phases)}"`,
  );
}

function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(table).find(([, each]) => each === value)?.[0] ?? `${value}`;
}
