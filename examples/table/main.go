// Command table fits a model to a table with names, as people have them, and asks it about one row:
//
//	go run ./examples/table
//
// The command does the same with a file: nnk fit flats.csv -target rent -drop id -o m.safetensors.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
)

func main() {
	dir, err := os.MkdirTemp("", "table")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := run(os.Stdout, filepath.Join(dir, "m.safetensors")); err != nil {
		log.Fatal(err)
	}
}

// flats are rents of made-up flats. Some areas are missing.
func flats() string {
	var b strings.Builder
	b.WriteString("id,area,district,built,balcony,rent\n")
	for i := range 600 {
		area, year, balcony := 25+float64(i*37%91), 1900+i*53%120, i*29%7 < 3
		rent := 300 + 9*area + 120*math.Sin(float64(year)/12) + [3]float64{0, 250, -80}[i*11%13%3]
		text := fmt.Sprint(area)
		if i%23 == 0 {
			text = ""
		}
		if balcony {
			rent += 60
		}
		fmt.Fprintf(&b, "f%d,%s,%s,%d-01-01,%t,%.2f\n", i, text, []string{"north", "centre", "harbour"}[i*11%13%3], year, balcony, rent)
	}
	return b.String()
}

func run(w io.Writer, path string) error {
	file, err := table.ReadCSV(context.Background(), strings.NewReader(flats())) // or table.Format{}.ReadFile
	if err != nil {
		return err
	}
	schema, _, err := file.Schema(context.Background(), table.SchemaOptions{Targets: []string{"rent"}, Drop: []string{"id"}})
	if err != nil {
		return err
	}
	x, err := file.Inputs(context.Background(), schema, table.UnseenFails)
	if err != nil {
		return err
	}
	target, err := file.Pick(context.Background(), nil, schema.Targets)
	if err != nil {
		return err
	}
	model, report, err := fit.Run[float32](context.Background(), x, target.Table("flats"), fit.Options{Task: bundle.Regress, Features: 64})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d rows, %d inputs: %s\n", report.Rows, x.Cols(), strings.Join(schema.InputNames(), ", "))
	model.Schema = schema
	if err := model.Save(path); err != nil {
		return err
	}

	// Elsewhere: the file is all that is needed.
	if model, err = bundle.Load[float32](path); err != nil {
		return err
	}
	for _, row := range []map[string]any{
		{"area": 70, "district": "harbour", "built": "1990-01-01", "balcony": true},
		{"area": nil, "district": "centre", "built": "1930-01-01", "balcony": false}, // nobody measured it
		{"area": 70, "district": "abroad", "built": "1990-01-01", "balcony": true},
	} {
		rent, err := model.PredictRow(row, table.UnseenFails)
		if err != nil {
			fmt.Fprintln(w, err)
			continue
		}
		fmt.Fprintf(w, "%v: rent %.0f\n", row, rent[0])
	}
	return nil
}
