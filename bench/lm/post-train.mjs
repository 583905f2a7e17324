// One post-training run with the options in the first argument; prints one line of JSON.
import { postTrain } from '@anacrusis/trainers';

const result = await postTrain(JSON.parse(process.argv[2]), { output: null });
const { before, after, cpuSeconds, steps } = result;
const { firstAttemptHit, stopOnHit, stopOnMiss, interval } = after;
console.log(
  JSON.stringify({
    ...{ before: before.accuracy, after: after.accuracy, interval, cpuSeconds, steps },
    ...{ firstAttemptHit, stopOnHit, stopOnMiss },
    firstAttemptHitBefore: before.firstAttemptHit,
    stopOnMissBefore: before.stopOnMiss,
  }),
);
