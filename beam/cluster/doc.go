// Package cluster fits models to more rows than one machine has, on Apache Beam: to the same bytes as nnk fit of the same rows,
// whatever the runner, the number of workers, the shards and the order in which they are read.
//
//	model, report, err := cluster.Fit(ctx, cluster.Config{
//		Inputs: "gs://bucket/x-*.npy", Targets: "gs://bucket/y-*.npy", Task: bundle.Regress, Temp: "gs://bucket/tmp",
//		Run: beamx.RunWithMetrics,
//	}, fit.Options{Features: 1024})
//
// It is [fit.NewDistributed] over [fit.Data] that answer each question by a pipeline: the heads of the shards, a survey of
// the columns, the rows of the sample, and the statistics. A pipeline reads ranges of rows that begin where chunks of the statistics
// do, and adds up what it makes of them; [fit.Stats] and [fit.Survey] are the same bits in whatever order they are added. Rows are
// never shuffled: a range that ends in the next shard is read there.
//
// Shards are .npy, .safetensors, .csv and .tsv files on any file system that Beam knows. What the driver needs of a pipeline is written below Config.Temp.
// What is wrong with a shard is an error that names it, and no model; what is wrong with a machine is the runner's to try again.
package cluster
