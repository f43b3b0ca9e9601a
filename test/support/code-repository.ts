/** A small library with bugs, tests that show them, and patches that mend them. */
import { folderWith } from './folders.ts';

const NUMBERS = `exports.add = (a, b) => a - b;

exports.mean = (values) => {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum / values.length;
};

exports.clamp = (value, low, high) => Math.min(low, Math.max(high, value));
`;

const testing = (name: string, lines: string[]): string =>
  [
    `const test = require('node:test');`,
    `const assert = require('node:assert');`,
    `const { ${name} } = require('../numbers.js');`,
    ...lines,
    '',
  ].join('\n');

export const CODE_FILES = {
  'AGENTS.md': 'Two spaces. No semicolon is left out.\n',
  'numbers.js': NUMBERS,
  'test/add.test.js': testing('add', [`test('adds', () => assert.equal(add(2, 3), 5));`]),
  'test/mean.test.js': testing('mean', [
    `test('of some', () => assert.equal(mean([1, 2, 3]), 2));`,
    `test('of none', () => assert.equal(mean([]), 0));`,
  ]),
  'test/clamp.test.js': testing('clamp', [`test('clamps', () => assert.equal(clamp(5, 0, 3), 3));`]),
};

export const codeRepository = (more: Record<string, string> = {}): string => folderWith({ ...CODE_FILES, ...more });

export const check = (name: string) => ({ command: `node --test test/${name}.test.js` });
export const CHECKS = { add: check('add'), mean: check('mean'), clamp: check('clamp') };

export const patch = (...lines: string[]): string =>
  ['*** Begin Patch', '*** Update File: numbers.js', ...lines, '*** End Patch'].join('\n');

export const PATCHES = {
  add: patch('-exports.add = (a, b) => a - b;', '+exports.add = (a, b) => a + b;'),
  mean: patch(
    '@@ exports.mean = (values) => {',
    '   const sum = values.reduce((total, value) => total + value, 0);',
    '-  return sum / values.length;',
    '+  return values.length === 0 ? 0 : sum / values.length;',
  ),
  clamp: patch(
    '-exports.clamp = (value, low, high) => Math.min(low, Math.max(high, value));',
    '+exports.clamp = (value, low, high) => Math.max(low, Math.min(high, value));',
  ),
};
