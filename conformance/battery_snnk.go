package conformance

import (
	"context"
	"fmt"

	"nnk/asm"
	"nnk/snnk"
	"nnk/urf"
)

func snnkBattery(d *digest) {
	both(d, snnkPart[float32], snnkPart[float64])
	both(d, trainingPart[float32], trainingPart[float64])
}

func snnkPart[T asm.Float](d *digest) {
	m, err := urf.ParseMap[T]("arccos(order=1) on hadamard(seed=2,m=40,d=10)")
	must(d, "ParseMap", err)
	towers, ok := m.(urf.Towers[T])
	if !ok {
		must(d, "Towers", fmt.Errorf("%T has one tower", m))
		return
	}
	row := make([]T, 37)
	scale := snnk.NormaliseRow(row, matrix[T](151, 1, 37).Row(0), 1e-5)
	add(d, "NormaliseRow", append(row, scale)...)
	x := matrix[T](61, 200, 10)
	w := matrix[T](62, 3, 10)
	l := snnk.FromWeights(towers, w, nil)
	addMatrix(d, "Forward", l.Forward(nil, x, nil))
	add(d, "ForwardRow", l.ForwardRow(nil, x.Row(3), nil)...)
	relu, err := urf.ActivationByName("relu")
	must(d, "ActivationByName", err)
	predicted, err := l.PredictError(context.Background(), relu, w, nil, x)
	must(d, "PredictError", err)
	if err == nil {
		add(d, "PredictError", predicted.RMS)
		add(d, "PredictError bias", predicted.Bias...)
		add(d, "PredictError standard error", predicted.StdError...)
	}
	leftOut, err := l.LeaveOneOut(context.Background(), x, matrix[T](63, 200, 3), 1e-3)
	must(d, "LeaveOneOut", err)
	add(d, "LeaveOneOut", leftOut...)
	must(d, "Refit", l.Refit(context.Background(), x, matrix[T](63, 200, 3), 1e-3))
	addMatrix(d, "Refit", l.Forward(nil, x, nil))
	one, err := urf.ParseMap[T]("relu(floor=-0.5) on iid(seed=3,m=16,d=10)")
	must(d, "ParseMap", err)
	adapterPart[T](d)
	addMatrix(d, "New", snnk.New(one, matrix[T](64, 3, one.Out()), []T{1, 2, 3}).Forward(nil, x, nil))
}
