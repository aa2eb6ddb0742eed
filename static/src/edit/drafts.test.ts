import { expect, test } from 'vitest';
import { Refusal, type Proposal, type ProposalWithEdits, type Saved } from './api.ts';
import { send, type Draft, type Shelf } from './drafts.ts';

/** A server of which each call can be made to fail; it counts what arrives. */
function server(plan: { create?: (() => Saved)[]; attach?: (() => void)[]; proposals?: Proposal[] } = {}) {
  const calls = { create: 0, attach: 0, proposals: 0 };
  return {
    calls,
    create: async () => {
      const answer = plan.create?.[calls.create];
      calls.create += 1;
      return answer?.() ?? ({ state: 'saved', id: 'vio-1', etag: '"1"' } as Saved);
    },
    attach: async () => {
      const answer = plan.attach?.[calls.attach];
      calls.attach += 1;
      answer?.();
    },
    proposals: async () => (calls.proposals++, plan.proposals ?? []),
    proposal: async () => plan.proposals![0] as ProposalWithEdits,
  };
}

function device() {
  const kept = new Map<string, Draft>();
  const shelf: Shelf = { all: async () => [...kept.values()], put: async (draft) => void kept.set(draft.id, structuredClone(draft)), remove: async (id) => void kept.delete(id) };
  return { kept, shelf };
}

const draft = (photos = 0): Draft => ({ id: 'vio-1', at: '2026-11-26T03:00:00Z', geometry: null, properties: {}, message: '', photos: Array.from({ length: photos }, () => ({ blob: new Blob(['x']), sent: false })), state: 'waiting', tried: false });
const offline = () => {
  throw new TypeError('Failed to fetch');
};
const refuse = (status: number) => () => {
  throw new Refusal(status, {}, undefined);
};
const words = () => 'why';

test('without a network the draft stays, and is sent when there is one', async () => {
  const { kept, shelf } = device();
  const api = server({ create: [offline] });
  const one = draft();
  expect(await send(one, api, shelf, words)).toBe('waiting');
  expect(kept.get('vio-1')).toMatchObject({ state: 'waiting', tried: true });
  expect(await send(kept.get('vio-1')!, api, shelf, words)).toBe('done');
  expect(kept.size).toBe(0);
});

test('one whose answer was lost is not made twice: its id is taken, so it has arrived', async () => {
  const { kept, shelf } = device();
  expect(await send({ ...draft(), tried: true }, server({ create: [refuse(412)] }), shelf, words)).toBe('done');
  expect(kept.size).toBe(0);
});

test('a proposal whose answer was lost is looked for and not made again', async () => {
  const { shelf } = device();
  const proposals = [{ edits: [{ id: 'vio-1' }] }] as unknown as Proposal[];
  const api = server({ proposals });
  expect(await send({ ...draft(), tried: true }, api, shelf, words)).toBe('proposed');
  expect(api.calls.create).toBe(0);
});

test('pictures go on where they stopped; those that arrived are not sent again', async () => {
  const { kept, shelf } = device();
  const api = server({ attach: [() => undefined, offline] });
  expect(await send(draft(3), api, shelf, words)).toBe('waiting');
  expect(kept.get('vio-1')!.photos.map(({ sent }) => sent)).toEqual([true, false, false]);
  expect(kept.get('vio-1')!.state).toBe('made');
  expect(await send(kept.get('vio-1')!, api, shelf, words)).toBe('done');
  // One that arrived, one that did not, and the two that were left.
  expect(api.calls).toEqual({ create: 1, attach: 4, proposals: 0 });
});

test('pictures of a proposal wait until the record is there', async () => {
  const { kept, shelf } = device();
  const api = server({ create: [() => ({ state: 'proposed', proposal: '7' })], attach: [refuse(404)] });
  expect(await send(draft(1), api, shelf, words)).toBe('proposed');
  expect(kept.get('vio-1')!.state).toBe('proposed');
  expect(await send(kept.get('vio-1')!, api, shelf, words)).toBe('done');
});

test('what the server refuses is kept with its reason', async () => {
  const { kept, shelf } = device();
  expect(await send(draft(), server({ create: [refuse(422)] }), shelf, words)).toBe('refused');
  expect(kept.get('vio-1')).toMatchObject({ refused: 'why', state: 'waiting' });
});
