// The C side of the comparison: libraries are opened when the program runs, so
// that it needs none of them to be built, and each keeps its symbols to itself.
#ifndef NNK_PEERS_H
#define NNK_PEERS_H

// peer_open opens the first of the names (separated by blanks) that exists, or
// returns 0.
void *peer_open(const char *names);
void *peer_symbol(void *library, const char *name);

// now is a clock in nanoseconds: the time, or after count_cpu_time that which the
// process has run.
double now(void);
void count_cpu_time(void);

// Nanoseconds that reps calls took. f is the library's function.
double time_sgemm(void *f, int reps, int m, int k, int n, float *a, float *b, float *c);
double time_dgemm(void *f, int reps, int m, int k, int n, double *a, double *b, double *c);
double time_sgemv(void *f, int reps, int k, int n, float *a, float *b, float *c);
double time_dgemv(void *f, int reps, int k, int n, double *a, double *b, double *c);
double time_dnnl(void *f, int reps, int m, int k, int n, float *a, float *b, float *c);
double time_ssyrk(void *f, int reps, int k, int n, float *a, float *c);
double time_dsyrk(void *f, int reps, int k, int n, double *a, double *c);
double time_sdot(void *f, int reps, int n, float *x, float *y);
double time_ddot(void *f, int reps, int n, double *x, double *y);
double time_fftw(void *execute, int reps, void *plan);
void *plan_fft(void *planner, int n, void *in, void *out);
void *plan_wht(void *planner, int log2n, void *in, void *out);

// widest is the number of bits of the vectors that time_features can use, 0 if none.
int widest(void);
double time_features(void *gemm, void *f, int width, int reps, int n, int d, int m, float *x, float *w, float *bias, float *c);
double time_ridge(void *syrk, void *gemm, void *posv, int reps, int n, int m, int l, float *z, float *y, float *s, float *t);

// A dense layer with GELU in oneDNN: 0 if the library or its header (version 2) is
// missing. The operands must stay where they are.
void *dense_plan(void *library, int batch, int d, int l, float *x, float *w, float *b, float *y);
double time_dense(void *plan, int reps);

// The same for a SLEEF function of the given type (32 or 64) and vector width in
// bits; second is set for functions with two results.
double time_sleef(void *f, int reps, int type, int width, int second, int n, void *x, void *y, void *z);
#endif
