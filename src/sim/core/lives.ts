/**
 * Watches while a fleet runs that no pod runs twice, at no instant: no container of a pod more than once, and no pod on more
 * than one device. What a count at the end would miss is seen here.
 */

/** A container that began or ended to run, on a device. */
export type Lived = {
  readonly began: boolean;
  readonly node: string;
  readonly uid: string;
  readonly container: string;
  /** The runtime's id, which is unique on its device. */
  readonly id: string;
};
/** On a clock that all who tell share. */
export type LivedAt = Lived & { readonly at: number };

/** How many findings are kept in words. */
const KEPT = 20;

/** Of one order of events. */
export class Lives {
  readonly #alive = new Map<string, readonly Lived[]>();
  readonly #findings: string[] = [];
  #doubled = 0;

  /** Beginnings that made a container or pod run twice. */
  get doubled(): number {
    return this.#doubled;
  }

  /** The first of them, in words. */
  get findings(): readonly string[] {
    return this.#findings;
  }

  take(life: Lived): void {
    const { uid, node, container, id } = life;
    const others = (this.#alive.get(uid) ?? []).filter((one) => one.node !== node || one.id !== id);
    const twin = life.began ? others.find((other) => other.node !== node || other.container === container) : undefined;
    if (twin !== undefined) {
      this.#doubled += 1;
      const line = `pod ${uid}: ${container} (${id}) began on ${node} while ${twin.container} (${twin.id}) ran on ${twin.node}`;
      if (this.#findings.length < KEPT) this.#findings.push(line);
    }
    const now = life.began ? [...others, life] : others;
    if (now.length > 0) this.#alive.set(uid, now);
    else this.#alive.delete(uid);
  }
}

/** Brings into one order what several processes tell, each in its own: an event counts once all have told up to its time. */
export class LivesOfMany {
  readonly #lives = new Lives();
  readonly #toldUntil: number[];
  #waiting: LivedAt[] = [];

  constructor(processes: number) {
    this.#toldUntil = Array.from({ length: processes }, () => Number.NEGATIVE_INFINITY);
  }

  /** `until`: the process has told everything up to this time. */
  told(process: number, until: number, lives: readonly LivedAt[]): void {
    this.#toldUntil[process] = until;
    for (const life of lives) this.#waiting.push(life);
    const known = Math.min(...this.#toldUntil);
    const ripe = this.#waiting.filter(({ at }) => at <= known).sort((a, b) => a.at - b.at);
    if (ripe.length === 0) return;
    this.#waiting = this.#waiting.filter(({ at }) => at > known);
    for (const life of ripe) this.#lives.take(life);
  }

  get doubled(): number {
    return this.#lives.doubled;
  }

  get findings(): readonly string[] {
    return this.#lives.findings;
  }
}
