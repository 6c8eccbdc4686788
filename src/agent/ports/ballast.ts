/**
 * A little room on the disk, taken while there is plenty. A runtime has to write that a container has ended, and on a disk that
 * a pod has filled to the last byte it can not: the pod would never be over, and never give back what it took.
 */

export interface Ballast {
  /** Takes the room, unless it is taken; false where it can not be had. */
  keep(): Promise<boolean>;
  /** Gives it back to whoever writes next. */
  release(): Promise<void>;
}
