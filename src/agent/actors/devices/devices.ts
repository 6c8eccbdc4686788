/** Gives device nodes to containers, one question after the other, so that none is given twice. */

import type { Asks, Behavior, Ref } from '../../../common/actor/types.ts';
import { type Assigned, assign, type DeviceUnit, type Holder, holderOf } from '../../core/devices/assignment.ts';
import { podOfLabels } from '../../core/pod/pod-labels.ts';
import { type Cri, CriError } from '../../ports/cri.ts';
import type { DeviceNodes } from '../../ports/device-nodes.ts';

export type DevicesMessage = {
  readonly type: 'assign';
  readonly uid: string;
  readonly container: string;
  readonly asked: ReadonlyMap<string, number>;
} & Asks<Answer>;
/** With the device nodes behind the paths. */
type Answer = Assigned & { readonly nodes: ReadonlyMap<string, string> };

/** The resources that the node offers, and who gives them. */
export type DeviceOffers = { readonly resources: readonly string[]; readonly ref: Pick<Ref<DevicesMessage>, 'ask'> };

/** So many that were given to containers that are perhaps not made yet are remembered. */
const REMEMBERED = 1000;

export function devices(deps: {
  readonly cri: Pick<Cri, 'listContainers'>;
  readonly nodes: DeviceNodes;
}): Behavior<DevicesMessage> {
  return () => {
    /** By uid and container, what was given last: its container may not be made yet. */
    const given = new Map<string, Holder>();
    const holders = async (): Promise<readonly Holder[]> => {
      const listed = (await deps.cri.listContainers()).flatMap(({ name, state, labels, annotations }) => {
        const uid = podOfLabels(labels)?.uid;
        const holder = uid === undefined ? undefined : holderOf(uid, name, state, annotations);
        return holder ?? [];
      });
      // Once its container is there, in whatever state, the runtime's word counts.
      for (const { uid, container } of listed) given.delete(`${uid}/${container}`);
      return [...listed, ...given.values()];
    };
    const answer = async ({ uid, container, asked }: DevicesMessage): Promise<Answer> => {
      const present: readonly DeviceUnit[] = await deps.nodes.present();
      const nodes = new Map(present.map(({ path, node }) => [path, node]));
      try {
        const assigned = assign({ uid, container, asked }, present, await holders());
        if (assigned.ok) given.set(`${uid}/${container}`, { uid, container, paths: assigned.paths, ended: false });
        for (const oldest of given.keys()) if (given.size > REMEMBERED) given.delete(oldest);
        return { ...assigned, nodes };
      } catch (error) {
        if (!(error instanceof CriError)) throw error;
        return { ok: false, message: `devices can not be given now: ${error.message}`, nodes };
      }
    };
    return {
      on: {
        // The mailbox is held on purpose: the next question must know of this answer.
        assign: async (question, { reply }) => reply(await answer(question)),
      },
    };
  };
}
