/** The books as lines of a terminal, and as the shape that `ledger --json` prints. */
import { z } from 'zod';
import { TIERS } from '../contracts/addresses.ts';
import { amountText, formatUsd, isNearCap } from '../contracts/money.ts';
import { type Account, type LedgerCreate, type LedgerExtract, spentOf } from '../store/ledger.ts';
import { countText } from '../report/words.ts';
import { say, type Styled, type Terminal } from './terminal.ts';

const meter = z.object({ cap: z.int().nullable(), settled: z.int(), reserved: z.int(), inDoubt: z.int() });
const amounts = z.object({ micros: z.int(), tokens: z.int(), calls: z.int(), quota: z.int() });

/** What `ledger --json` prints. Fields are only ever added. */
export const LedgerJsonSchema = z.object({
  objectiveId: z.string(),
  /** From the top: a schedule's account, the objective's, then its subtasks'. `micros` are micro-dollars. */
  accounts: z.array(
    z.object({
      accountId: z.string(),
      parentId: z.string().nullable(),
      micros: meter,
      tokens: meter,
      calls: meter,
      quota: meter,
    }),
  ),
  creates: z.array(
    z.object({
      callKey: z.string(),
      n: z.int(),
      accountId: z.string(),
      subtaskId: z.string(),
      tier: z.enum(TIERS),
      model: z.string(),
      state: z.enum(['sent', 'identified', 'settled', 'released', 'in-doubt']),
      reserved: amounts,
      cost: amounts,
      failure: z.string().nullable(),
      flag: z.enum(['no-usage', 'overrun']).nullable(),
    }),
  ),
  /** What does not agree; null where it was not asked for (`--verify`). */
  problems: z.array(z.string()).nullable(),
});
type LedgerJson = z.infer<typeof LedgerJsonSchema>;

export const toLedgerJson = (objectiveId: string, extract: LedgerExtract, problems: string[] | null): LedgerJson => ({
  objectiveId,
  accounts: treeOf(extract),
  creates: extract.creates,
  problems,
});

const treeOf = ({ above, accounts }: LedgerExtract): Account[] => [...above, ...accounts];

export function ledgerLines(terminal: Terminal, objectiveId: string, extract: LedgerExtract): Styled[] {
  const [tree, { creates }] = [treeOf(extract), extract];
  const depths = depthsOf(tree);
  const names = tree.map(({ accountId }) => '  '.repeat(depths.get(accountId) ?? 0) + nameOf(accountId, objectiveId));
  const width = Math.max(...names.map(({ length }) => length));
  return [
    ...tree.map((account, index) => accountLine(terminal, account, (names[index] ?? '').padEnd(width))),
    ...listed(terminal, 'In doubt, each at its worst case (settle one with --resolve CALL#N=USD):', doubts(creates)),
    ...listed(terminal, 'Booked at the worst case, for want of a usage:', flagged(creates, 'no-usage')),
    ...listed(terminal, 'Dearer than was reserved:', flagged(creates, 'overrun')),
  ];
}

const nameOf = (accountId: string, objectiveId: string): string =>
  accountId.startsWith(`${objectiveId}/`) ? accountId.slice(objectiveId.length + 1) : accountId;

function accountLine(terminal: Terminal, { micros, tokens, calls, quota }: Account, name: string): Styled {
  const spent = spentOf(micros);
  const cap = micros.cap === null ? '' : ` of ${formatUsd(micros.cap)}`;
  const near = micros.cap !== null && isNearCap(spent, micros.cap);
  const facts = [
    micros.reserved > 0 ? `${formatUsd(micros.reserved)} reserved` : '',
    micros.inDoubt > 0 ? `${formatUsd(micros.inDoubt)} of it in doubt` : '',
    countText(spentOf(calls), 'call') + capText('calls', calls.cap),
    amountText('tokens', spentOf(tokens)) + capText('tokens', tokens.cap),
    amountText('quota', spentOf(quota)) + capText('quota', quota.cap),
  ];
  const money = say`${formatUsd(spent)}${cap}`;
  return say`${name}  ${near ? terminal.style('yellow', money) : money}  ${terminal.style('dim', facts.filter((fact) => fact !== '').join(' · '))}`;
}

const capText = (unit: 'tokens' | 'calls' | 'quota', cap: number | null): string =>
  cap === null ? '' : ` of ${amountText(unit, cap)}`;

function depthsOf(tree: Account[]): Map<string, number> {
  const depths = new Map<string, number>();
  for (const { accountId, parentId } of tree) {
    const above = parentId === null ? undefined : depths.get(parentId);
    depths.set(accountId, above === undefined ? 0 : above + 1);
  }
  return depths;
}

const doubts = (creates: LedgerCreate[]): LedgerCreate[] => creates.filter(({ state }) => state === 'in-doubt');

const flagged = (creates: LedgerCreate[], flag: LedgerCreate['flag']): LedgerCreate[] =>
  creates.filter((create) => create.flag === flag);

const MOST_LISTED = 20;

function listed(terminal: Terminal, title: string, creates: LedgerCreate[]): Styled[] {
  if (creates.length === 0) return [];
  const more = creates.length - MOST_LISTED;
  return [
    terminal.style('yellow', say`${title}`),
    ...creates.slice(0, MOST_LISTED).map(({ callKey, n, cost }) => say`  ${callKey}#${n}  ${formatUsd(cost.micros)}`),
    ...(more > 0 ? [terminal.style('dim', say`  … and ${countText(more, 'more', 'more')}`)] : []),
  ];
}
