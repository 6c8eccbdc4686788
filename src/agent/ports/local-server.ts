/** Where people on the device itself ask: see common/wire/local-protocol.ts. */

import type {
  ApplyAnswer,
  ApplyRequest,
  DeleteAnswer,
  DeleteRequest,
  LocalFailureCode,
  PodsAnswer,
  StatusAnswer,
  TopAnswer,
} from '../../common/wire/local-protocol.ts';
import type { StreamServer } from './stream-server.ts';

/** A refusal that reaches the asker in its words. */
export class LocalRefusal extends Error {
  override readonly name = 'LocalRefusal';
  readonly code: LocalFailureCode;

  constructor(code: LocalFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What is answered; each may reject with LocalRefusal. */
export type LocalHandlers = {
  status(): Promise<StatusAnswer>;
  pods(): Promise<PodsAnswer>;
  top(): Promise<TopAnswer>;
  apply(request: ApplyRequest): Promise<ApplyAnswer>;
  delete(request: DeleteRequest): Promise<DeleteAnswer>;
};

export interface LocalServer {
  /** Answers until the returned function is called. A device on which the socket can not be made says so in its log. */
  serve(handlers: LocalHandlers): () => void;
  /** Logs over the same socket; other streams are not served here. */
  readonly streams: StreamServer;
}
