/** Runs classic BPF as the kernel runs a seccomp filter: over one `struct seccomp_data`. Knows the instructions that filters of ours have. */

export interface SystemCall {
  number: number;
  architecture: number;
  args?: bigint[];
}

const ALWAYS = 0x06;
const LOAD = 0x20;

const TESTS: Record<number, (value: number, against: number) => boolean> = {
  0x15: (value, against) => value === against,
  0x25: (value, against) => value > against,
  0x35: (value, against) => value >= against,
  0x45: (value, against) => (value & against) !== 0,
};

/** What the filter returns. */
export function verdictOf(program: Buffer, { number, architecture, args = [] }: SystemCall): number {
  const data = Buffer.alloc(64);
  data.writeInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const code = program.readUInt16LE(at);
    const value = program.readUInt32LE(at + 4);
    if (code === ALWAYS) return value;
    if (code === LOAD) accumulator = data.readUInt32LE(value);
    else {
      const test = TESTS[code];
      if (!test) throw new Error(`An instruction that is not known here: ${code.toString(16)}`);
      at += 8 * program.readUInt8(at + (test(accumulator, value) ? 2 : 3));
    }
  }
  throw new Error('The program has no end.');
}
