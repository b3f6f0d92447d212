package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"nnk/internal/atomicfile"
	"nnk/urf"
)

// plan predicts what random features of an activation cost.
func plan(c *call) error {
	opt := urf.PlanOptions{}
	act := c.flags.String("act", "", "`activation`: "+strings.Join(urf.ActivationNames(), ", "))
	bounds := c.flags.String("range", "", "`LO,HI` of the values wᵀx + b that the layer sees")
	norms := c.flags.String("norms", "", "`X,W`: typical norms of inputs and of weight rows")
	c.flags.Float64Var(&opt.Error, "error", 0, "wanted root mean square error of one output")
	c.flags.Float64Var(&opt.Typical.Cosine, "cosine", 0, "typical `cosine` of the angle between inputs and weight rows")
	c.flags.IntVar(&opt.Inputs, "inputs", 64, "`number` of inputs")
	c.flags.IntVar(&opt.MaxFeatures, "max", 65536, "largest affordable `number` of features")
	html := c.flags.String("html", "", "also write a page with a chart of error against features to `FILE`")
	if err := c.parse(0, 0, "act", "range", "norms", "error"); err != nil {
		return err
	}
	var err error
	if opt.Activation, err = urf.ActivationByName(*act); err != nil {
		return usageError{err.Error()}
	}
	if opt.Lo, opt.Hi, err = pairOf(*bounds); err != nil {
		return usagef("-range %q: %v", *bounds, err)
	}
	if opt.Typical.XNorm, opt.Typical.WNorm, err = pairOf(*norms); err != nil {
		return usagef("-norms %q: %v", *norms, err)
	}
	p, err := urf.NewPlan(opt)
	if err != nil {
		return usageError{err.Error()}
	}
	if *html != "" {
		if err := atomicfile.Write(*html, func(w io.Writer) error { return writePlanPage(w, opt, p) }); err != nil {
			return err
		}
	}
	if c.json {
		return printJSON(c.stdout, planJSON(opt, p))
	}
	printPlan(c, opt, p)
	return nil
}

// pairOf reads two numbers separated by a comma.
func pairOf(text string) (a, b float64, err error) {
	first, second, ok := strings.Cut(text, ",")
	if !ok {
		return 0, 0, fmt.Errorf("want two numbers, separated by a comma")
	}
	if a, err = strconv.ParseFloat(strings.TrimSpace(first), 64); err != nil {
		return 0, 0, fmt.Errorf("%q is not a number", first)
	}
	if b, err = strconv.ParseFloat(strings.TrimSpace(second), 64); err != nil {
		return 0, 0, fmt.Errorf("%q is not a number", second)
	}
	return a, b, nil
}

func printPlan(c *call, opt urf.PlanOptions, p *urf.Plan) {
	fmt.Fprintf(c.stdout, "%s\n\n", planTitle(opt))
	t := &listing{}
	for _, row := range planRows(opt, p) {
		t.add(row...)
	}
	t.print(c.stdout)
	if p.Series != nil {
		fmt.Fprintf(c.stdout, "\nbest: a series of degree %d, with %s features of the degrees from 2\n%s\n", p.Best.Degree, enumeration(p.Spec.(urf.Maclaurin).Shares), p.Verdict)
		return
	}
	fmt.Fprintf(c.stdout, "\nbest: angle %gπ, scale r %.3g and A %.3g at the highest frequency, %d waves\n%s\n", p.Best.Angle, p.Radius, p.A, len(p.Fit.Spectrum.Waves), p.Verdict)
}

// planRows are the alternatives under their heads.
func planRows(opt urf.PlanOptions, p *urf.Plan) [][]string {
	rows := [][]string{{"features of x", "angle", "linear part", "bias", "variance of one", "features needed", "error with " + thousands(opt.MaxFeatures)}}
	for _, o := range p.Alternatives {
		angle, linear := fmt.Sprintf("%gπ", o.Angle), "estimated"
		if o.Family == urf.Series {
			angle = "–"
		}
		if o.Linear {
			linear = "exact"
		}
		rows = append(rows, []string{familyName(o), angle, linear, short(o.RMSBias), short(o.Variance), short(o.Features), short(o.Reached)})
	}
	return rows
}

// enumeration is "3, 2 and 1".
func enumeration(numbers []int) string {
	text := ""
	for i, n := range numbers {
		switch {
		case i == 0:
		case i == len(numbers)-1:
			text += " and "
		default:
			text += ", "
		}
		text += thousands(n)
	}
	return text
}

func familyName(a urf.Alternative) string {
	switch {
	case a.Family == urf.Series:
		return "products (power series)"
	case a.Angle == 0:
		return "positive"
	case a.Angle == 0.5:
		return "bounded waves"
	}
	return "damped waves"
}

// short is a number of three digits, or "none" for infinity.
func short(v float64) string {
	switch {
	case math.IsInf(v, 0):
		return "none"
	case v >= 1e5 || v != 0 && v < 1e-3:
		return strconv.FormatFloat(v, 'e', 2, 64)
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// planJSON has null for what is infinite.
func planJSON(opt urf.PlanOptions, p *urf.Plan) map[string]any {
	finite := func(v float64) any {
		if v-v != 0 {
			return nil
		}
		return v
	}
	var rows []map[string]any
	for _, o := range p.Alternatives {
		rows = append(rows, map[string]any{"family": o.Family, "angle_over_pi": o.Angle, "degree": o.Degree, "linear": o.Linear, "bias": finite(o.Bias), "rms_bias": finite(o.RMSBias), "variance_of_one": finite(o.Variance), "features": finite(o.Features), "error_at_max": finite(o.Reached)})
	}
	return map[string]any{
		"activation": opt.Activation.Name(), "range": []float64{opt.Lo, opt.Hi}, "norms": []float64{opt.Typical.XNorm, opt.Typical.WNorm}, "error": opt.Error,
		"reachable": p.Reachable, "features": p.Features, "bias": finite(p.Best.Bias), "std_error": finite(p.StdError), "quantile_99": finite(p.Quantile99),
		"rms_bias": finite(p.Best.RMSBias), "family": p.Best.Family, "angle_over_pi": p.Best.Angle, "degree": p.Best.Degree, "linear": p.Best.Linear, "map": p.Spec.String(),
		"r": finite(p.Radius), "a": finite(p.A), "alternatives": rows, "verdict": p.Verdict,
	}
}
