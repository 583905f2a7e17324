// Advantage from a reward by mean and deviation (2508.08221, section 4.1; GRPO, 2402.03300).
//
//   A_i = (r_i - mean) / (max(std, std_floor) + eps),   std = sqrt(sum_j (x_j - mean x)^2 / (n - ddof))
//
// Mean and std are over the batch or over the group of i. Mixed (Lite PPO): group mean, batch std.
// x is the raw reward, or the reward less its group's mean. Leave-one-out (RLOO, 2402.14740, eq. 4): the mean of
// the n - 1 other rewards, which is r_i - mean = (r_i - mean over all n) n / (n - 1); 0 for n = 1.
//
// A deviation of 0, which equal rewards have exactly in float64, gives A = 0 whatever the mean, and not r / eps.
// Batch std can amplify: with most groups all equal a lone failure is divided by a small number; std_floor
// bounds that, or groups whose rewards are all equal are left out of the batch's sample and get A = 0.
#pragma once

#include "formula.h"

namespace anacrusis::math {

// Squares of an empty or single sample count as no deviation.
FORMULA double deviation(double squares, double count, double ddof) {
  return count > ddof ? ::sqrt(squares / (count - ddof)) : 0.0;
}

// centered = r_i less the mean over all `count` rewards.
FORMULA double leave_one_out(double centered, double count) {
  return count > 1.0 ? centered * (count / (count - 1.0)) : 0.0 * centered;
}

FORMULA double normalized_advantage(double centered, double std, double std_floor, double eps) {
  if (std == 0.0) return 0.0;
  return centered / ((std < std_floor ? std_floor : std) + eps);
}

}  // namespace anacrusis::math
