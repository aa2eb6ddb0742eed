import { expect, test } from 'vitest';
import { fragmentOf, viewOf } from '../view.ts';
import { firstFind, isFiltered } from './state.ts';

const find = (fragment: string) => viewOf(fragment).find;

test('a fragment that makes no sense filters nothing', () => {
  const bad = ['#district=', '#district=%', '#district=,,', '#area=', '#area=1,2/3,4', '#area=1,2/3,4/5', '#area=1,2/3,4/5,x', '#area=181,2/3,4/5,6', '#area=1,2,3/3,4/5,6', '#area=,/,/,', '#sort=moon', '#sort=--name', '#sort=', '#table=maybe', '#group=', '#group=%E0%A4', '#pick=%', '#__proto__=x'];
  for (const fragment of bad) expect(find(fragment), fragment).toEqual(firstFind());
});

test('an area of more corners than anybody draws is none', () => {
  expect(find(`#area=${Array(201).fill('105,21').join('/')}`).area).toBeUndefined();
});

test('everything comes back from its fragment', () => {
  const fragment = 'status=unknown&breached=ENV-STATION,PLN-APPROVED&district=Ho%C3%A0i%20%C4%90%E1%BB%A9c,-&year=2018&group=T2.completed.unknown&area=105.70000,20.90000/105.80000,20.90000/105.80000,21.00000&pick=clusters%2Fa,craft_villages%2Fb&sort=name&table=off';
  const view = viewOf(`#${fragment}`);
  expect(view.find).toEqual({
    facets: { breached: ['ENV-STATION', 'PLN-APPROVED'], district: ['Hoài Đức', ''], year: ['2018'] },
    group: 'T2.completed.unknown',
    area: [
      [105.7, 20.9],
      [105.8, 20.9],
      [105.8, 21],
    ],
    picked: ['clusters/a', 'craft_villages/b'],
    sort: { column: 'name', isDown: false },
    table: false,
  });
  expect(fragmentOf(view)).toBe(fragment);
});

test('a name with the address’s own marks stays whole', () => {
  const view = viewOf('');
  view.find.facets.investor = ['A, B & C = 100%'];
  expect(find(`#${fragmentOf(view)}`).facets.investor).toEqual(['A, B & C = 100%']);
});

test('ticks and the order filter nothing, a facet does', () => {
  expect(isFiltered(find('#pick=clusters%2Fa&sort=name'))).toBe(false);
  expect(isFiltered({ ...firstFind(), facets: { year: [] } })).toBe(false);
  expect(isFiltered(find('#year=2018'))).toBe(true);
});
