// oneDNN's dense layer with GELU fused in and its weights laid out beforehand, which
// is how a runtime with a graph uses it.
#include "peers.h"
#include <stdlib.h>

#if __has_include(<dnnl.h>)
#include <dnnl.h>
#endif

#if defined(DNNL_VERSION_MAJOR) && DNNL_VERSION_MAJOR == 2

typedef struct {
  dnnl_status_t (*execute)(const_dnnl_primitive_t, dnnl_stream_t, int, const dnnl_exec_arg_t *);
  dnnl_status_t (*wait)(dnnl_stream_t);
  dnnl_primitive_t layer;
  dnnl_stream_t stream;
  dnnl_exec_arg_t args[4];
} plan;

// LOAD declares a function of the library under its own name without dnnl_.
#define LOAD(f) __typeof__(dnnl_##f) *f = (__typeof__(dnnl_##f) *)peer_symbol(library, "dnnl_" #f); if (!f) return 0
#define TRY(call) if ((call) != dnnl_success) return 0

void *dense_plan(void *library, int batch, int d, int l, float *x, float *w, float *b, float *y) {
  LOAD(engine_create); LOAD(stream_create); LOAD(stream_wait); LOAD(memory_desc_init_by_tag); LOAD(inner_product_forward_desc_init);
  LOAD(post_ops_create); LOAD(post_ops_append_eltwise); LOAD(primitive_attr_create); LOAD(primitive_attr_set_post_ops);
  LOAD(primitive_desc_create); LOAD(primitive_desc_query_md); LOAD(primitive_create); LOAD(primitive_execute);
  LOAD(reorder_primitive_desc_create); LOAD(memory_create);
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  TRY(engine_create(&engine, dnnl_cpu, 0));
  TRY(stream_create(&stream, engine, dnnl_stream_default_flags));
  const dnnl_dims_t xdims = {batch, d}, wdims = {l, d}, bdims = {l}, ydims = {batch, l};
  dnnl_memory_desc_t xd, wd, any, bd, yd;
  TRY(memory_desc_init_by_tag(&xd, 2, xdims, dnnl_f32, dnnl_ab));
  TRY(memory_desc_init_by_tag(&wd, 2, wdims, dnnl_f32, dnnl_ab));
  TRY(memory_desc_init_by_tag(&any, 2, wdims, dnnl_f32, dnnl_format_tag_any));
  TRY(memory_desc_init_by_tag(&bd, 1, bdims, dnnl_f32, dnnl_a));
  TRY(memory_desc_init_by_tag(&yd, 2, ydims, dnnl_f32, dnnl_ab));
  dnnl_post_ops_t ops;
  dnnl_primitive_attr_t attr;
  TRY(post_ops_create(&ops));
  TRY(post_ops_append_eltwise(ops, 1, dnnl_eltwise_gelu_erf, 0, 0));
  TRY(primitive_attr_create(&attr));
  TRY(primitive_attr_set_post_ops(attr, ops));
  dnnl_inner_product_desc_t desc;
  TRY(inner_product_forward_desc_init(&desc, dnnl_forward_inference, &xd, &any, &bd, &yd));
  dnnl_primitive_desc_t pd, rpd;
  TRY(primitive_desc_create(&pd, &desc, attr, engine, 0));
  const dnnl_memory_desc_t *packed = primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
  dnnl_memory_t mx, mw, mp, mb, my;
  TRY(memory_create(&mx, &xd, engine, x));
  TRY(memory_create(&mw, &wd, engine, w));
  TRY(memory_create(&mp, packed, engine, DNNL_MEMORY_ALLOCATE));
  TRY(memory_create(&mb, &bd, engine, b));
  TRY(memory_create(&my, &yd, engine, y));
  TRY(reorder_primitive_desc_create(&rpd, &wd, engine, packed, engine, 0));
  dnnl_primitive_t reorder, layer;
  TRY(primitive_create(&reorder, rpd));
  TRY(primitive_create(&layer, pd));
  const dnnl_exec_arg_t move[] = {{DNNL_ARG_FROM, mw}, {DNNL_ARG_TO, mp}};
  TRY(primitive_execute(reorder, stream, 2, move));
  TRY(stream_wait(stream));
  plan *p = malloc(sizeof *p);
  *p = (plan){primitive_execute, stream_wait, layer, stream, {{DNNL_ARG_SRC, mx}, {DNNL_ARG_WEIGHTS, mp}, {DNNL_ARG_BIAS, mb}, {DNNL_ARG_DST, my}}};
  return p;
}

double time_dense(void *plan_, int reps) {
  plan *p = plan_;
  double start = now();
  for (int i = 0; i < reps; i++) {
    p->execute(p->layer, p->stream, 4, p->args);
    p->wait(p->stream);
  }
  return now() - start;
}

#else

void *dense_plan(void *library, int batch, int d, int l, float *x, float *w, float *b, float *y) {
  (void)library, (void)batch, (void)d, (void)l, (void)x, (void)w, (void)b, (void)y;
  return 0;
}
double time_dense(void *plan, int reps) { return (void)plan, reps; }

#endif
