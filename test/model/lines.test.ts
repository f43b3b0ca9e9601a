import { getEventListeners } from 'node:events';
import { expect, test } from '@jest/globals';
import { Full, Lines } from '../../src/model/lines.ts';

test('looking again and again leaves nothing behind', async () => {
  const { signal } = new AbortController();
  const listeners: number[] = [];
  const attempt = async () => {
    listeners.push(getEventListeners(signal, 'abort').length);
    return listeners.length === 4 ? 'through' : new Full('a', new Error('full'));
  };
  await expect(new Lines().through(['a'], attempt, signal)).resolves.toBe('through');
  expect(listeners).toEqual([0, 0, 0, 0]);
});
