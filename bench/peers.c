#define _GNU_SOURCE
#include "peers.h"
#include <dlfcn.h>
#include <string.h>
#include <time.h>

void *peer_open(const char *names) {
  char copy[200], *rest = copy, *name;
  strncpy(copy, names, sizeof copy - 1);
  copy[sizeof copy - 1] = 0;
  while ((name = strsep(&rest, " "))) {
    int flags = RTLD_NOW | RTLD_LOCAL;
#ifdef RTLD_DEEPBIND
    flags |= RTLD_DEEPBIND; // two libraries that define cblas_sgemm must not mix
#endif
    void *library = dlopen(name, flags);
    if (library) return library;
  }
  return 0;
}

void *peer_symbol(void *library, const char *name) { return dlsym(library, name); }

static clockid_t the_clock = CLOCK_MONOTONIC;
void count_cpu_time(void) { the_clock = CLOCK_PROCESS_CPUTIME_ID; }
double now(void) {
  struct timespec t;
  clock_gettime(the_clock, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

#define TIME(call)                          \
  double start = now();                     \
  for (int i = 0; i < reps; i++) call;      \
  return now() - start

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112, UPPER = 121 };
typedef void gemm32(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
typedef void gemm64(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
typedef void gemv32(int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
typedef void gemv64(int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
typedef void syrk32(int, int, int, int, int, float, const float *, int, float, float *, int);
typedef void syrk64(int, int, int, int, int, double, const double *, int, double, double *, int);
typedef float dot32(int, const float *, int, const float *, int);
typedef double dot64(int, const double *, int, const double *, int);
typedef int dnnl(char, char, long, long, long, float, const float *, long, const float *, long, float, float *, long);

double time_sgemm(void *f, int reps, int m, int k, int n, float *a, float *b, float *c) {
  TIME(((gemm32 *)f)(ROW_MAJOR, NO_TRANS, NO_TRANS, m, n, k, 1, a, k, b, n, 0, c, n));
}
double time_dgemm(void *f, int reps, int m, int k, int n, double *a, double *b, double *c) {
  TIME(((gemm64 *)f)(ROW_MAJOR, NO_TRANS, NO_TRANS, m, n, k, 1, a, k, b, n, 0, c, n));
}
double time_sgemv(void *f, int reps, int k, int n, float *a, float *b, float *c) {
  TIME(((gemv32 *)f)(ROW_MAJOR, TRANS, k, n, 1, b, n, a, 1, 0, c, 1));
}
double time_dgemv(void *f, int reps, int k, int n, double *a, double *b, double *c) {
  TIME(((gemv64 *)f)(ROW_MAJOR, TRANS, k, n, 1, b, n, a, 1, 0, c, 1));
}
double time_dnnl(void *f, int reps, int m, int k, int n, float *a, float *b, float *c) {
  TIME(((dnnl *)f)('N', 'N', m, n, k, 1, a, k, b, n, 0, c, n));
}
double time_ssyrk(void *f, int reps, int k, int n, float *a, float *c) {
  TIME(((syrk32 *)f)(ROW_MAJOR, UPPER, TRANS, n, k, 1, a, n, 0, c, n));
}
double time_dsyrk(void *f, int reps, int k, int n, double *a, double *c) {
  TIME(((syrk64 *)f)(ROW_MAJOR, UPPER, TRANS, n, k, 1, a, n, 0, c, n));
}
double time_sdot(void *f, int reps, int n, float *x, float *y) {
  volatile float s;
  TIME(s = ((dot32 *)f)(n, x, 1, y, 1));
  (void)s;
}
double time_ddot(void *f, int reps, int n, double *x, double *y) {
  volatile double s;
  TIME(s = ((dot64 *)f)(n, x, 1, y, 1));
  (void)s;
}

// FFTW: forward transforms out of place, planned by measuring.
void *plan_fft(void *planner, int n, void *in, void *out) {
  return ((void *(*)(int, void *, void *, int, unsigned))planner)(n, in, out, -1, 0);
}
// A Walsh–Hadamard transform is a real transform of size 2 along each of log2(n)
// dimensions (kind 0, FFTW_R2HC).
void *plan_wht(void *planner, int log2n, void *in, void *out) {
  int size[32], kind[32];
  for (int i = 0; i < log2n; i++) size[i] = 2, kind[i] = 0;
  return ((void *(*)(int, const int *, void *, void *, const int *, unsigned))planner)(log2n, size, in, out, kind, 0);
}
// Features: a product, then a function of each element plus a bias of its column.
#ifdef __x86_64__
#include <immintrin.h>
__attribute__((target("avx2,fma"))) static void finish256(void *f, int n, int m, const float *bias, float scale, float *c) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j + 8 <= m; j += 8) {
      __m256 v = ((__m256 (*)(__m256))f)(_mm256_add_ps(_mm256_loadu_ps(c + (long)i * m + j), _mm256_loadu_ps(bias + j)));
      _mm256_storeu_ps(c + (long)i * m + j, _mm256_mul_ps(v, _mm256_set1_ps(scale)));
    }
}
__attribute__((target("avx512f"))) static void finish512(void *f, int n, int m, const float *bias, float scale, float *c) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j + 16 <= m; j += 16) {
      __m512 v = ((__m512 (*)(__m512))f)(_mm512_add_ps(_mm512_loadu_ps(c + (long)i * m + j), _mm512_loadu_ps(bias + j)));
      _mm512_storeu_ps(c + (long)i * m + j, _mm512_mul_ps(v, _mm512_set1_ps(scale)));
    }
}
int widest(void) { return __builtin_cpu_supports("avx512f") ? 512 : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 256 : 0; }
double time_features(void *gemm, void *f, int width, int reps, int n, int d, int m, float *x, float *w, float *bias, float *c) {
  double start = now();
  for (int i = 0; i < reps; i++) {
    ((gemm32 *)gemm)(ROW_MAJOR, NO_TRANS, NO_TRANS, n, m, d, 1, x, d, w, m, 0, c, m);
    if (width == 512) finish512(f, n, m, bias, 0.02f, c);
    else finish256(f, n, m, bias, 0.02f, c);
  }
  return now() - start;
}
#else
int widest(void) { return 0; }
double time_features(void *gemm, void *f, int width, int reps, int n, int d, int m, float *x, float *w, float *bias, float *c) {
  (void)gemm, (void)f, (void)width, (void)reps, (void)n, (void)d, (void)m, (void)x, (void)w, (void)bias, (void)c;
  return 0;
}
#endif

// Ridge regression: the Gram matrix, the right-hand side, a Cholesky solution.
typedef void posv32(const char *, const int *, const int *, float *, const int *, float *, const int *, int *);
double time_ridge(void *syrk, void *gemm, void *posv, int reps, int n, int m, int l, float *z, float *y, float *s, float *t) {
  double start = now();
  for (int i = 0; i < reps; i++) {
    int info;
    ((syrk32 *)syrk)(ROW_MAJOR, UPPER, TRANS, m, n, 1, z, m, 0, s, m);
    for (int j = 0; j < m; j++) s[(long)j * m + j] += 1;
    ((gemm32 *)gemm)(ROW_MAJOR, TRANS, NO_TRANS, l, m, n, 1, y, l, z, m, 0, t, m);
    ((posv32 *)posv)("L", &m, &l, s, &m, t, &m, &info); // by columns: the upper triangle of rows is the lower
  }
  return now() - start;
}

double time_fftw(void *execute, int reps, void *plan) { TIME(((void (*)(void *))execute)(plan)); }

#ifdef __x86_64__
#include <immintrin.h>
typedef struct { __m256 x, y; } pair256;
typedef struct { __m256d x, y; } pair256d;
typedef struct { __m512 x, y; } pair512;
typedef struct { __m512d x, y; } pair512d;
#define LOOP(NAME, TARGET, TYPE, VEC, PAIR, LANES, LOAD, STORE)                                  \
  __attribute__((target(TARGET))) static void NAME(void *f, int second, int n, TYPE *x, TYPE *y, TYPE *z) { \
    for (int i = 0; i + LANES <= n; i += LANES) {                                                \
      if (second) {                                                                              \
        PAIR p = ((PAIR (*)(VEC))f)(LOAD(x + i));                                                \
        STORE(y + i, p.x), STORE(z + i, p.y);                                                    \
      } else {                                                                                   \
        STORE(y + i, ((VEC (*)(VEC))f)(LOAD(x + i)));                                            \
      }                                                                                          \
    }                                                                                            \
  }
LOOP(loop32x256, "avx2,fma", float, __m256, pair256, 8, _mm256_loadu_ps, _mm256_storeu_ps)
LOOP(loop64x256, "avx2,fma", double, __m256d, pair256d, 4, _mm256_loadu_pd, _mm256_storeu_pd)
LOOP(loop32x512, "avx512f", float, __m512, pair512, 16, _mm512_loadu_ps, _mm512_storeu_ps)
LOOP(loop64x512, "avx512f", double, __m512d, pair512d, 8, _mm512_loadu_pd, _mm512_storeu_pd)

double time_sleef(void *f, int reps, int type, int width, int second, int n, void *x, void *y, void *z) {
  if (type == 32 && width == 256) { TIME(loop32x256(f, second, n, x, y, z)); }
  if (type == 32) { TIME(loop32x512(f, second, n, x, y, z)); }
  if (width == 256) { TIME(loop64x256(f, second, n, x, y, z)); }
  TIME(loop64x512(f, second, n, x, y, z));
}
#else
double time_sleef(void *f, int reps, int type, int width, int second, int n, void *x, void *y, void *z) {
  (void)f, (void)reps, (void)type, (void)width, (void)second, (void)n, (void)x, (void)y, (void)z;
  return 0;
}
#endif
