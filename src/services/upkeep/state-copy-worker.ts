import { workerData } from 'node:worker_threads';
import { copyState } from '../../alerts/state-copy.ts';

/** What the thread that copies evaluation's state is started with. */
export interface StateCopyJob {
  readonly from: string;
  readonly dir: string;
}

const { from, dir } = workerData as StateCopyJob;
copyState(from, dir);
