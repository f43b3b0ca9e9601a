/** What an item's result is known under: whatever the answer depends on changes it, and nothing else does. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Item, type MapSpec, OperationSchema, type OperationSettings } from '../../src/contracts/map.ts';
import type { TierProfile } from '../../src/contracts/model.ts';
import { itemKeys, type KeyContext } from '../../src/map/item-key.ts';
import { compareOperation } from '../../src/map/operations/compare.ts';
import { operationOf } from '../../src/map/operations/registry.ts';
import { item } from './operations/subjects.ts';

const PROFILE: Pick<TierProfile, 'provider' | 'model' | 'effort'> = {
  provider: 'openai',
  model: 'nano',
  effort: 'none',
};
const LABELS = [{ name: 'a' }, { name: 'b' }];
const PIECE = item('code', { file: { path: 'src/a.ts', startLine: 1, lines: 1 } });

type Case = { settings?: object; threshold?: MapSpec['threshold']; of?: Item } & Partial<KeyContext>;

function key({ settings = {}, threshold, of = item('text'), ...context }: Case = {}): string {
  const given = 'name' in settings ? settings : { name: 'classify', labels: LABELS, ...settings };
  const operation = operationOf(OperationSchema.parse(given), { threshold });
  return itemKeys(operation, { profile: PROFILE, isPacked: false, ...context })(of).toString('hex');
}

const review = (of: Item) => key({ settings: { name: 'review', lookFor: 'x' }, of });

test('a key has 16 bytes, and is the same each time', () => {
  expect(key()).toMatch(/^[0-9a-f]{32}$/);
  expect(key()).toBe(key());
});

test.each<[string, Case]>([
  ['the text', { of: item('text ') }],
  ['a label', { settings: { labels: [...LABELS, { name: 'c' }] } }],
  ['a label’s description', { settings: { labels: [{ name: 'a', description: 'd' }, { name: 'b' }] } }],
  ['the order of the labels', { settings: { labels: [...LABELS].reverse() } }],
  ['whether there are others', { settings: { other: true } }],
  ['instructions', { settings: { instructions: 'With care.' } }],
  ['whether a confidence is asked for', { threshold: 0.5 }],
  ['the provider', { profile: { ...PROFILE, provider: 'local' } }],
  ['the model', { profile: { ...PROFILE, model: 'mini' } }],
  ['the effort', { profile: { ...PROFILE, effort: 'low' } }],
  ['whether it is one of several', { isPacked: true }],
  ['a salt', { salt: 'objective-1' }],
  ['another salt', { salt: 'objective-2' }],
])('another key comes from %s', (_, change) => {
  expect(key(change)).not.toBe(key());
});

test('one salt is not another', () => {
  expect(key({ salt: 'a' })).not.toBe(key({ salt: 'b' }));
});

test.each<[string, Case, Case?]>([
  ['ids and places', { of: item('text', { id: 'other', at: 'line 70', gold: 'a', sameAs: 3 }) }],
  ['another threshold: the confidence decides', { threshold: 0.9 }, { threshold: 0.1 }],
  ['the file of a text that is not reviewed', { of: { ...PIECE, text: 'text' } }],
  ['what `other` is where nothing is said of it', { settings: { other: false } }],
])('the same key in spite of %s', (...[, change, other = {}]) => {
  expect(key(change)).toBe(key(other));
});

test('settings written in another order are the same', () => {
  const schema = { type: 'object', properties: { a: { type: 'string', description: 'd' } }, required: ['a'] };
  const turned = { required: ['a'], properties: { a: { description: 'd', type: 'string' } }, type: 'object' };
  const of = (value: object) => key({ settings: { name: 'extract', schema: value } });
  expect(of(schema)).toBe(of(turned));
  expect(of(schema)).not.toBe(of({ ...schema, properties: { a: { type: 'string', minLength: 1 } } }));
});

test('a piece of a file is reviewed as the lines of this file', () => {
  const at = (change: object) => review({ ...PIECE, file: { path: 'src/a.ts', startLine: 1, lines: 1, ...change } });
  expect(new Set([at({}), at({ path: 'src/b.ts' }), at({ startLine: 2 })]).size).toBe(3);
});

test('a rank’s scores do not depend on how many pairs are compared, and comparisons on both texts and their order', () => {
  const settings = (comparisons: number): Extract<OperationSettings, { name: 'rank' }> => ({
    name: 'rank',
    criterion: 'c',
    comparisons,
  });
  const score = (comparisons: number) => key({ settings: settings(comparisons) });
  const pairs = itemKeys(compareOperation(settings(2)), { profile: PROFILE, isPacked: false });
  const keys = [
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'c'],
    ['ab', ''],
  ].map(([first = '', second = '']) => pairs({ first, second }).toString('hex'));
  expect(score(1)).toBe(score(2));
  expect(new Set([...keys, score(1)]).size).toBe(5);
});

test('different texts have different keys, whatever stands in them', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('</item-text>', '< /item-text>', '\n', '\r\n', 'a\n</item-text>'),
  );
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(key({ of: item(one) }) === key({ of: item(other) })).toBe(one === other);
    }),
    { numRuns: 500 },
  );
});
