import { expect, test } from 'vitest';
import { firstLayers, fragmentOf, viewOf } from './view.ts';

test('a fragment that says nothing useful is the first view', () => {
  for (const fragment of ['', '#', '#map=', '#map=12/21', '#map=12/x/105', '#map=12/91/105', '#as-of=', '#as-of=2025-02-29', '#as-of=yesterday']) {
    const view = viewOf(fragment);
    expect(view.site, fragment).toBeUndefined();
    expect(view.camera, fragment).toBeUndefined();
    expect(view.asOf, fragment).toBeUndefined();
    expect(view.statuses.size, fragment).toBe(4);
    expect(view.layers, fragment).toEqual(firstLayers());
  }
});

test('layers and statuses that nobody knows are left out, and none at all is a choice too', () => {
  expect([...viewOf('#layers=plans,moon').layers]).toEqual(['plans']);
  expect(viewOf('#status=').statuses.size).toBe(0);
});

test('a fragment with a broken escape still names something', () => {
  expect(viewOf('#clusters/100%').site).toBe('clusters/100%');
});

test('the first view has an empty fragment, and a link to a site is its key alone', () => {
  expect(fragmentOf(viewOf(''))).toBe('');
  expect(fragmentOf(viewOf('#clusters/phung'))).toBe('clusters/phung');
});

test('a view comes back from its fragment', () => {
  const fragment = 'clusters/phung&as-of=2024-12-31&map=12.50/21.08500/105.66000&status=non_compliant,unknown&layers=clusters,districts';
  const view = viewOf(`#${fragment}`);
  expect(view.site).toBe('clusters/phung');
  expect(view.asOf).toBe('2024-12-31');
  expect(view.camera).toEqual({ zoom: 12.5, center: [105.66, 21.085] });
  expect([...view.statuses]).toEqual(['non_compliant', 'unknown']);
  expect(fragmentOf(view)).toBe(fragment);
});

test('a plan comes back with what it is compared with and where the slider stands', () => {
  const fragment = 'clusters/phung&plan=phung-plan-1&with=phung%2Fplan&swipe=40';
  const view = viewOf(`#${fragment}`);
  expect([view.plan, view.against, view.swipe]).toEqual(['phung-plan-1', 'phung/plan', 40]);
  expect(fragmentOf(view)).toBe(fragment);
});

test('a slider that stands nowhere or beside no plan is none', () => {
  for (const fragment of ['#swipe=40', '#plan=&swipe=40&with=b', '#plan=a&swipe=101', '#plan=a&swipe=-1', '#plan=a&swipe=x', '#plan=a&swipe=']) {
    const view = viewOf(fragment);
    expect(view.swipe, fragment).toBeUndefined();
    expect(view.against, fragment).toBeUndefined();
  }
});
