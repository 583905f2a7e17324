// Included before kernel sources whose mutants are all compiled in (scripts/simt/switched.mjs): the one that
// ANACRUSIS_MUTANT names takes effect. A comparison `a < b` is written `a < Site<n>{} < b`, which groups as
// the plain one does.
#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace anacrusis::mutation {

struct Active {
  const int number = std::getenv("ANACRUSIS_MUTANT") ? std::atoi(std::getenv("ANACRUSIS_MUTANT")) : 0;
  std::atomic<bool> reached = false;  // by many threads of a kernel, which is no race of theirs

  ~Active() {
    if (reached) std::fputs("\nmutant reached\n", stderr);
  }
};
inline Active active;

#define ANACRUSIS_INLINE inline __attribute__((always_inline))

ANACRUSIS_INLINE bool is_active(int number) {
  if (active.number != number) return false;
  active.reached.store(true, std::memory_order_relaxed);
  return true;
}

template <int n>
struct Site {};
template <int n, class A>
struct Left {
  A a;
};

template <int n, class A>
ANACRUSIS_INLINE Left<n, A> operator<(A a, Site<n>) {
  return {a};
}
template <int n, class A>
ANACRUSIS_INLINE Left<n, A> operator<=(A a, Site<n>) {
  return {a};
}
template <int n, class A>
ANACRUSIS_INLINE Left<n, A> operator>=(A a, Site<n>) {
  return {a};
}
template <int n, class A, class B>
ANACRUSIS_INLINE bool operator<(Left<n, A> x, B b) {
  return is_active(n) ? x.a <= b : x.a < b;
}
template <int n, class A, class B>
ANACRUSIS_INLINE bool operator<=(Left<n, A> x, B b) {
  return is_active(n) ? x.a < b : x.a <= b;
}
template <int n, class A, class B>
ANACRUSIS_INLINE bool operator>=(Left<n, A> x, B b) {
  return is_active(n) ? x.a > b : x.a >= b;
}

}  // namespace anacrusis::mutation

#define MUTANT_SITE(n) ::anacrusis::mutation::Site<n>{}
#define MUTANT_WITHOUT(n, ...) (::anacrusis::mutation::is_active(n) ? (void)0 : (void)(__VA_ARGS__));
