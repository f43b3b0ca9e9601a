/** Asks on a whole stack: over what others brought, and through the death of whoever asks. */
import { describe, expect, test } from '@jest/globals';
import { userText } from '../../src/standin/request.ts';
import { bookedCreates, breaches } from '../support/books.ts';
import { addressesOf, newId } from '../support/calls.ts';
import { jsonlFile, labelledRows } from '../support/items.ts';
import { CLASSIFY } from '../support/maps.ts';
import { fixtureRepository } from '../support/repository.ts';
import { drafted, says, saysPlan } from '../support/says.ts';
import { productForSuite } from '../support/suite.ts';

const product = productForSuite();

const ask = (id: string, questions: string[], dependsOn: string[] = []) => ({
  ...{ id, kind: 'ask', title: `Ask ${id}`, questions, dependsOn },
});

describe('an ask', () => {
  test('is over what investigations, maps and other asks brought, and its answers are part of what is told at the end', async () => {
    const id = newId('over');
    const prompts = new Map<string, string>();
    product.script = ({ callKey, request }) => {
      prompts.set(callKey.slice(id.length + 1), userText(request));
      return null;
    };
    const handle = await product.flotilla.start({
      ...{ id, objective: 'Look, sort, and draw it together.', workspace: fixtureRepository() },
      plan: {
        subtasks: [
          { id: 'look', kind: 'investigate', title: 'Look', instructions: 'Search for `TODO|FIXME`.' },
          { id: 'sort', kind: 'map', title: 'Sort', operation: CLASSIFY, input: { path: jsonlFile(labelledRows(20)) } },
          ask('first', ['Who says `FIXME`?'], ['look']),
          ask('last', ['Who says `classify: 20 items`?', 'And who says `FIXME`?'], ['look', 'sort', 'first']),
        ],
      },
    });
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 4 } });
    expect((await handle.askResults()).map(({ subtaskId, result }) => [subtaskId, result.answers])).toEqual([
      ['first', [{ question: 'Who says `FIXME`?', answer: '[stand-in] `FIXME` stands in 1 of 1 results: look.' }]],
      [
        'last',
        [
          {
            question: 'Who says `classify: 20 items`?',
            answer: '[stand-in] `classify: 20 items` stands in 1 of 3 results: sort.',
          },
          { question: 'And who says `FIXME`?', answer: '[stand-in] `FIXME` stands in 2 of 3 results: look, first.' },
        ],
      ],
    ]);
    expect(addressesOf(product, id).filter((address) => address.endsWith('/ask'))).toEqual([
      'first/1/0/ask',
      'last/1/0/ask',
      'last/1/1/ask',
    ]);
    expect(prompts.get('manager/1/1/synthesis')).toContain('stands in 1 of 3 results: sort.');
    expect(await handle.document('markdown')).toContain('Answer: [stand-in] `FIXME` stands in 2 of 3 results');
    const { stdout } = await product.cli('attempts', id);
    expect(stdout).toMatch(/last .*ask/);
  });

  test('is planned by a manager, and tried again a tier up where nothing was answered', async () => {
    const id = newId('planned');
    product.script = ({ callKey }) => {
      if (callKey.endsWith('/plan')) return saysPlan(drafted('why', { kind: 'ask', questions: ['Why?'] }));
      return callKey === `${id}/why/1/0/ask` ? says(' ') : null;
    };
    const handle = await product.flotilla.start({ id, objective: 'Say why.', workspace: fixtureRepository() });
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 1 } });
    expect((await handle.attempts()).map(({ tier, verdict }) => [tier, verdict])).toEqual([
      ['nano', 'ModelAnswerInvalid'],
      ['mini', 'accepted'],
    ]);
  });

  test('that its acceptance is held against is asked again with what the judge missed', async () => {
    const id = newId('judged');
    const prompts = new Map<string, string>();
    product.script = ({ callKey, request }) => {
      prompts.set(callKey.slice(id.length + 1), userText(request));
      if (callKey.endsWith('/why/1/0/judge'))
        return says({ verdict: 'reject', reason: 'It names nobody.', missing: ['MISSING-NAMES'] });
      if (callKey.endsWith('/judge')) return says({ verdict: 'accept', reason: 'Fine.', missing: [] });
      return callKey.endsWith('/ask') ? says(`answer of ${callKey.split('/').at(-3)}`) : null;
    };
    const handle = await product.flotilla.start({
      ...{ id, objective: 'Say who.', workspace: null, isWithoutAnswer: true },
      plan: { subtasks: [{ ...ask('why', ['Who?']), acceptance: 'It names every caller.' }] },
    });
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 1 } });
    expect((await handle.attempts()).map(({ tier, verdict }) => [tier, verdict])).toEqual([
      ['nano', 'ResultRejected'],
      ['mini', 'accepted'],
    ]);
    expect(prompts.get('why/1/0/judge')).toContain('It names every caller.');
    expect(prompts.get('why/1/0/judge')).toContain('answer of 1');
    expect(prompts.get('why/2/0/ask')).toContain('MISSING-NAMES');
    const [only] = await handle.askResults();
    expect(only?.result.answers).toEqual([{ question: 'Who?', answer: 'answer of 2' }]);
  });

  test('whose worker is killed between two questions pays for none of them twice', async () => {
    const id = newId('killed');
    const LAST = 2;
    let isKilled = false;
    product.script = ({ callKey }) => {
      const [, turn] = /\/(\d)\/ask$/.exec(callKey) ?? [];
      if (turn !== '1' || isKilled) return says(`answer ${turn}`);
      // Turned away, so that it is billed to nobody, and nobody is left to hear of it.
      isKilled = true;
      product.kill('nano');
      return { kind: 'error', status: 429, code: 'rate_limit_exceeded' };
    };
    const handle = await product.flotilla.start({
      ...{ id, objective: 'Ask thrice.', workspace: null, isWithoutAnswer: true },
      plan: { subtasks: [ask('thrice', ['A?', 'B?', 'C?'])] },
    });
    expect(await handle.result()).toMatchObject({ status: 'completed', counts: { completed: 1 } });
    expect(isKilled).toBe(true);
    const [only] = await handle.askResults();
    expect(only?.result.answers.map(({ answer }) => answer)).toEqual(['answer 0', 'answer 1', 'answer 2']);

    const created = product.standIn.log.creates.filter(({ callKey }) => callKey.startsWith(`${id}/`));
    const served = created.filter(({ isServed }) => isServed).map(({ callKey }) => callKey);
    expect(served.toSorted()).toEqual(Array.from({ length: LAST + 1 }, (_, turn) => `${id}/thrice/1/${turn}/ask`));
    expect(breaches(created, bookedCreates(product.home, id))).toEqual([]);
  });
});
