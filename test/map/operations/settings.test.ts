/** What is wrong with a map's settings is told before anything is paid, by name and place. */
import { describe, expect, test } from '@jest/globals';
import { type OperationSettings, OperationSchema } from '../../../src/contracts/map.ts';
import type { CallSettings } from '../../../src/map/operations/operation.ts';
import { operationProblems } from '../../../src/map/operations/registry.ts';

type Given = { name: OperationSettings['name'] } & Record<string, unknown>;

/** Of settings as a caller writes them. */
const problems = (given: Given, calls: Partial<CallSettings> = {}): string[] =>
  operationProblems(OperationSchema.parse(given), { pack: 1, ...calls });

const names = (...list: string[]) => list.map((name) => ({ name }));
const numbered = (count: number, length = 4) =>
  names(...Array.from({ length: count }, (_, n) => `${n}`.padEnd(length, 'x')));

const object = (properties: object, change: object = {}) => ({
  ...{ type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...change },
});
const text = { type: 'string' };
const nested = (levels: number): object => (levels === 1 ? text : object({ a: nested(levels - 1) }));

describe('settings that can be carried out', () => {
  test.each<[string, Given, Partial<CallSettings>?]>([
    ['two labels', { name: 'classify', labels: names('a', 'b') }],
    [
      'one label, and the others',
      { name: 'classify', labels: names('spam'), other: true },
      { pack: 20, threshold: 0.5 },
    ],
    ['1,000 short labels', { name: 'classify', labels: numbered(1000) }],
    ['250 long labels', { name: 'classify', labels: numbered(250, 200) }],
    ['a score', { name: 'score', rubric: 'r', min: -1, max: 0.5 }, { pack: 50 }],
    ['a rank', { name: 'rank', criterion: 'c' }, { pack: 2 }],
    ['two handlers', { name: 'route', handlers: names('a', 'b') }, { threshold: 0.9 }],
    ['a review', { name: 'review', lookFor: 'defects' }],
    ['a schema within the strict subset', { name: 'extract', schema: object({ a: text, b: object({ c: text }) }) }],
    ['a schema of ten levels', { name: 'extract', schema: nested(10) }],
    [
      'objects that say nothing of additional properties',
      {
        name: 'extract',
        schema: object(
          { a: object({ b: text }, { additionalProperties: undefined }) },
          { additionalProperties: undefined },
        ),
      },
    ],
    [
      'a schema with annotations and lengths',
      {
        name: 'extract',
        schema: {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          title: 'T',
          ...object({ title: { ...text, title: 'A title', maxLength: 5, examples: ['x'] } }),
        },
      },
    ],
    [
      'definitions, and a schema that contains itself',
      {
        name: 'extract',
        schema: {
          ...object({ a: { $ref: '#/$defs/node' } }),
          $defs: { node: object({ next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } }) },
        },
      },
    ],
    ['a pack of objects', { name: 'extract', schema: object({ id: text, items: text }) }, { pack: 5 }],
  ])('%s', (...[, settings, calls]) => {
    expect(problems(settings, calls)).toEqual([]);
  });
});

describe('settings that can not', () => {
  test.each<[string, Given, RegExp | RegExp[], Partial<CallSettings>?]>([
    ['no label', { name: 'classify', labels: [] }, /^labels: 0 given; at least 2/],
    ['one label', { name: 'classify', labels: names('a') }, /^labels: 1 given; at least 2/],
    ['1,001 labels', { name: 'classify', labels: numbered(1001) }, /1001 given; at most 1000/],
    ['1,000 labels and the others', { name: 'classify', labels: numbered(1000), other: true }, /at most 1000/],
    ['300 labels of 60 characters', { name: 'classify', labels: numbered(300, 60) }, /18000 characters.*15000/],
    [
      'labels that differ in case',
      { name: 'classify', labels: names('Spam', 'ham', 'spam') },
      /^labels: "spam" and "Spam" can't be told apart/,
    ],
    ['labels that differ in spaces', { name: 'classify', labels: names('a b', 'a  b') }, /"a {2}b" and "a b"/],
    [
      'labels that differ in how letters are put together',
      { name: 'classify', labels: names('é', 'e\u0301') },
      /can't be told apart/,
    ],
    [
      'a label that means the others',
      { name: 'classify', labels: names('a', 'Other'), other: true },
      /"Other".*`other`/,
    ],
    ['one handler', { name: 'route', handlers: names('a') }, /^handlers: 1 given; at least 2/],
    ['two handlers of one name', { name: 'route', handlers: names('a', 'A ') }, /^handlers: "A" and "a"/],
    [
      'bounds in the wrong order',
      { name: 'score', rubric: 'r', min: 3, max: 2 },
      /min: 3 is not below max, which is 2/,
    ],
    ['no room between the bounds', { name: 'score', rubric: 'r', min: 1, max: 1 }, /min: 1/],
    ['a pack of reviews', { name: 'review', lookFor: 'x' }, /^pack: review takes one/, { pack: 2 }],
    [
      'a threshold without a confidence',
      { name: 'score', rubric: 'r' },
      /^threshold: an answer of score has no/,
      { threshold: 0.5 },
    ],
  ])('%s', (...[, settings, expected, calls]) => {
    const found = problems(settings, calls);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected as RegExp);
  });

  test.each<[string, object, (RegExp | string)[]]>([
    ['a list at the root', { type: 'array', items: text }, [/root of a strict schema is an object/]],
    ['alternatives at the root', { type: 'object', anyOf: [object({ a: text })] }, [/"anyOf" at #/]],
    ['no properties', object({}), [/no properties/]],
    [
      'optional properties, each by its place',
      object({ a: text, b: object({ c: text }, { required: [] }) }, { required: ['b'] }),
      [/"a" at # is optional/, /"c" at #\/properties\/b is optional/],
    ],
    [
      'open objects, each by its place',
      object({ a: object({ b: text }, { additionalProperties: true }) }, { additionalProperties: text }),
      [/at # allows additional/, /at #\/properties\/a allows additional/],
    ],
    [
      'keywords outside the subset',
      object({ a: { ...text, default: 'x' }, b: { oneOf: [text], type: 'string' } }),
      [/"default" at #\/properties\/a/, /"oneOf" at #\/properties\/b/],
    ],
    [
      'a format that the subset does not know',
      object({ a: { ...text, format: 'uri' } }),
      [/format "uri" at #\/properties\/a/],
    ],
    ['a property of any type', object({ a: {} }), [/#\/properties\/a says no type/]],
    [
      'a list with a schema for each place',
      object({ a: { type: 'array', items: [text] } }),
      [/#\/properties\/a\/items says no type/],
    ],
    ['eleven levels', nested(11), [/deeper than 10 levels/]],
    [
      'an object in a definition that is open',
      { ...object({ a: { $ref: '#/$defs/d' } }), $defs: { d: object({ b: text }, { additionalProperties: true }) } },
      [/#\/\$defs\/d allows additional/],
    ],
    [
      'more than 1,000 enum values',
      object({
        a: { ...text, enum: numbered(600).map(({ name }) => name) },
        b: { ...text, enum: numbered(401).map(({ name }) => name) },
      }),
      [/1001 enum values; at most 1000/],
    ],
    [
      'an enum that is too long',
      object({ a: { ...text, enum: numbered(251, 70).map(({ name }) => name) } }),
      [/#\/properties\/a has 251 values.*15000/],
    ],
    ['a type that there is not', object({ a: { type: 'strnig' } }), ['#/properties/a/type']],
    ['a broken pattern', object({ a: { ...text, pattern: '(' } }), [/regular expression/]],
    ['a reference that leads nowhere', object({ a: { $ref: '#/$defs/gone' } }), ['#/$defs/gone']],
    ['a length that is no number', object({ a: { ...text, minLength: '2' } }), ['#/properties/a/minLength']],
  ])('a schema with %s', (_, schema, expected) => {
    const found = problems({ name: 'extract', schema });
    for (const one of found) expect(one).toMatch(/^schema: /);
    for (const [index, one] of expected.entries()) expect(found[index]).toMatch(one);
  });

  test('a schema of more text than goes with each call', () => {
    const schema = object({ a: { ...text, description: 'x'.repeat(60_000) } });
    expect(problems({ name: 'extract', schema })).toEqual([expect.stringContaining('at most 60000')]);
  });

  test('a schema nested without an end', () => {
    const endless = `{"type":"object","properties":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`;
    expect(problems({ name: 'extract', schema: JSON.parse(endless) as object })).toEqual([
      expect.stringContaining('deeper than'),
    ]);
  });

  test('a schema that fits alone and not in a pack', () => {
    const settings: Given = { name: 'extract', schema: nested(8) };
    expect(problems(settings, { pack: 1 })).toEqual([]);
    expect(problems(settings, { pack: 2 })[0]).toMatch(/For a pack: .*deeper than 10 levels/);
  });

  test('references in a pack, where they would lead elsewhere', () => {
    const schema = { ...object({ a: { $ref: '#/$defs/d' } }), $defs: { d: text } };
    expect(problems({ name: 'extract', schema }, { pack: 2 })[0]).toMatch(/"\$ref".*pack at 1/);
  });

  test('more than 5,000 properties', () => {
    const many = Object.fromEntries(Array.from({ length: 5001 }, (_, n) => [`${n}`, { type: 'null' }]));
    expect(
      problems({ name: 'extract', schema: { type: 'object', properties: { a: object(many) }, required: ['a'] } })[0],
    ).toMatch(/at most/);
  });
});
