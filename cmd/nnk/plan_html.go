package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"

	"nnk/urf"
)

//go:embed plan.html
var planPage string

// writePlanPage writes the plan as one page that needs nothing else.
func writePlanPage(w io.Writer, opt urf.PlanOptions, p *urf.Plan) error {
	t, err := template.New("plan").Parse(planPage)
	if err == nil {
		t, err = t.Parse(styleSheet)
	}
	if err != nil {
		return err
	}
	table := planRows(opt, p)
	return t.Execute(w, page{
		Summary: planTitle(opt), Data: p.Verdict,
		Charts: []pageChart{planChart(opt, p)}, Head: table[0], Table: table[1:],
	})
}

// planTitle is what was asked.
func planTitle(opt urf.PlanOptions) string {
	return fmt.Sprintf("%s on [%g, %g], ‖x‖ %g, ‖w‖ %g, error %g", opt.Activation.Name(), opt.Lo, opt.Hi, opt.Typical.XNorm, opt.Typical.WNorm, opt.Error)
}

// planChart draws the error of each alternative against its features, and the error that is wanted.
func planChart(opt urf.PlanOptions, p *urf.Plan) pageChart {
	const first, last = 2, 20 // powers of two
	drawing := plot{
		about: "Predicted root mean square error against the number of features, one line for each kind of features; the table below has the numbers",
		x:     scaleOf{"features", true, []float64{10, 100, 1000, 10000, 100000, 1000000}},
		y:     scaleOf{name: "root mean square error", log: true},
	}
	low, high := opt.Error, opt.Error
	for k, a := range p.Alternatives {
		s := series{name: planName(a), colour: k, line: true}
		for i := 4 * first; i <= 4*last; i++ {
			n := math.Round(math.Exp2(float64(i) / 4))
			if e := a.ErrorAt(int(n)); n >= 10 && n <= 1e6 && e >= opt.Error/100 && e <= 100*opt.Error {
				s.points = append(s.points, [2]float64{n, e})
				low, high = min(low, e), max(high, e)
			}
		}
		if len(s.points) > 0 {
			drawing.series = append(drawing.series, s)
		}
	}
	drawing.series = append(drawing.series, series{name: "wanted", colour: len(p.Alternatives), line: true, points: [][2]float64{{10, opt.Error}, {1e6, opt.Error}}})
	for e := math.Floor(math.Log10(low)); ; e++ {
		drawing.y.ticks = append(drawing.y.ticks, math.Pow(10, e))
		if e >= math.Log10(high) {
			break
		}
	}
	return pageChart{"Error against the number of features", "Predicted in closed form, bias and standard error together, of the fit that is best for so many. Angles that are equally good hide each other.", drawing.svg()}
}

// planName is the family with its angle.
func planName(a urf.Alternative) string {
	if a.Family == urf.Series {
		return familyName(a)
	}
	return fmt.Sprintf("%s, %gπ", familyName(a), a.Angle)
}
