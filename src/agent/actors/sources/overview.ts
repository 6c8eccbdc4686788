/**
 * What is known of the device as a whole, for people who ask on the device itself. The workers' reports pass through here on
 * their way to the master, because only here they are kept.
 */

import type { Asks, Behavior, Millis, Ref } from '../../../common/actor/types.ts';
import type { Node } from '../../../common/model/node.ts';
import type { StaticSource } from '../../../common/model/static-pods.ts';
import type { PodReport } from '../../../common/wire/agent-protocol.ts';
import { staticPodsFinding } from '../../core/sources/static-pods-finding.ts';
import type { NodeStatusMessage } from '../link/node-status.ts';
import type { ReporterMessage } from '../link/reporter.ts';
import type { StaticProblems } from './static-source.ts';

/** `since`: wall clock. Undefined: the master has not been heard since the agent started. */
export type MasterLink = { readonly answers: boolean; readonly since: Millis | undefined };
export type Overview = {
  /** Undefined until the device has been looked at. */
  readonly node: Node | undefined;
  readonly master: MasterLink;
  readonly problems: Readonly<Partial<Record<StaticSource, readonly string[]>>>;
  /** The last report of each pod, by uid. */
  readonly reports: ReadonlyMap<string, PodReport>;
};

export type OverviewMessage =
  | { readonly type: 'report'; readonly report: PodReport }
  /** The master knows nothing of the status of these pods. */
  | { readonly type: 'repeat'; readonly uids: readonly string[] }
  /** Nothing is left of the pod. */
  | { readonly type: 'forget'; readonly uid: string }
  | { readonly type: 'node'; readonly object: Node }
  | { readonly type: 'master'; readonly answers: boolean }
  | StaticProblems
  | ({ readonly type: 'overview' } & Asks<Overview>);

type Deps = { readonly reporter: Ref<ReporterMessage>; readonly nodeStatus: Ref<NodeStatusMessage> };

export function overview(deps: Deps): Behavior<OverviewMessage> {
  return (self) => {
    const reports = new Map<string, PodReport>();
    const problems: Partial<Record<StaticSource, readonly string[]>> = {};
    let node: Node | undefined;
    let master: MasterLink = { answers: false, since: undefined };
    deps.nodeStatus.tell({ type: 'listen', listener: self.ref });
    deps.reporter.tell({ type: 'listen', listener: self.ref });
    return {
      on: {
        report(message) {
          reports.set(message.report.uid, message.report);
          deps.reporter.tell(message);
        },
        repeat({ uids }) {
          for (const uid of uids) {
            const report = reports.get(uid);
            if (report !== undefined) deps.reporter.tell({ type: 'report', report });
          }
        },
        forget: ({ uid }) => void reports.delete(uid),
        node: ({ object }) => {
          node = object;
        },
        master({ answers }) {
          if (answers !== master.answers) master = { answers, since: self.clock.wall() };
        },
        'static-problems': (message) => {
          problems[message.source] = message.problems;
          const finding = staticPodsFinding(Object.values(problems).flat());
          deps.nodeStatus.tell({ type: 'condition', finding });
        },
        overview: (_, { reply }) => reply({ node, master, problems: { ...problems }, reports: new Map(reports) }),
      },
    };
  };
}
