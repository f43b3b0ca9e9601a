/** What can be asked about the files of one workspace. */
import type { FreezeBounds } from '../../../workspace/bounds.ts';
import type { OperationName, Operations } from '../../protocol.ts';
import { applyPatch } from './apply-patch.ts';
import { list } from './list.ts';
import { read, readLines } from './read.ts';
import { Scans } from './scans.ts';
import { search } from './search.ts';
import { writeFile } from './write.ts';

type FileOperationName = Exclude<OperationName, 'run'>;

export type FileOperations = {
  [Name in FileOperationName]: (args: Operations[Name]['args']) => Promise<Operations[Name]['value']>;
};

/** `root` is the workspace as a folder of this machine. They throw `Refusal` for what the model is told. */
export function fileOperations(root: string, bounds?: FreezeBounds): FileOperations {
  const scans = new Scans(root, bounds);
  return {
    list: async (args) => list(root, args),
    readLines: async (args) => readLines(root, args),
    search: (args) => search(root, args),
    applyPatch: async (args) => applyPatch(root, args),
    writeFile: async (args) => writeFile(root, args),
    remember: (args) => scans.remember(args),
    scan: (args) => scans.scan(args),
    read: async (args) => read(root, args),
  };
}
