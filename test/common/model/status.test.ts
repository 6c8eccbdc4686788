import test from 'ava';
import * as status from '../../../src/common/model/status.ts';

const wording: readonly (readonly [status.Status, number, string, string])[] = [
  [status.badRequest('no name'), 400, 'BadRequest', 'no name'],
  [status.forbidden('pods', 'a', 'no'), 403, 'Forbidden', 'pods "a" is forbidden: no'],
  [status.notFound('pods', 'a'), 404, 'NotFound', 'pods "a" not found'],
  [status.alreadyExists('pods', 'a'), 409, 'AlreadyExists', 'pods "a" already exists'],
  [
    status.conflict('pods', 'a'),
    409,
    'Conflict',
    'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
  ],
  [status.gone(), 410, 'Expired', 'too old resource version: list again'],
  [
    status.tooLarge(3, 2),
    413,
    'RequestEntityTooLarge',
    'Request entity too large: the object has 3 bytes, the limit is 2 bytes',
  ],
  [
    status.invalid('Pod', 'a', [{ field: 'spec.x', message: 'Required value' }, { message: 'bad' }]),
    422,
    'Invalid',
    'Pod "a" is invalid: [spec.x: Required value, bad]',
  ],
  [status.internalError('oh'), 500, 'InternalError', 'Internal error occurred: oh'],
];
for (const [refusal, code, reason, message] of wording) {
  test(`${code} ${reason} is worded as Kubernetes words it`, (t) => {
    t.like(refusal, { kind: 'Status', status: 'Failure', code, reason, message });
    t.true(status.isStatusFailure(refusal));
    t.deepEqual(status.statusSchema.parse(JSON.parse(JSON.stringify(refusal))), refusal);
  });
}

test('success and other objects are no refusals', (t) => {
  t.false(status.isStatusFailure(status.success()));
  t.false(status.isStatusFailure({ kind: 'Pod', status: 'Failure' }));
  t.false(status.isStatusFailure(null));
});
