/** The image registries, as far as the agent itself asks about them: the runtime does the pulling. */

export interface Registries {
  /** Whether anything answers where images of this registry host come from, mirrors included. Short: 3 s at most. Never rejects. */
  reachable(host: string): Promise<boolean>;
}
