// Command load measures a running serve: so many clients send requests of random rows, each the next one when it has its answer, for
// so many seconds.
//
//	go run ./examples/serve/load -clients 32 -seconds 5
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	url := flag.String("url", "http://localhost:8080", "`address` of the service")
	clients := flag.Int("clients", 32, "`clients` at the same time, at most 256")
	seconds := flag.Float64("seconds", 5, "`time` to measure, at most 60")
	rows := flag.Int("rows", 1, "`rows` of a request, at most 1,024")
	flag.Parse()
	if flag.NArg() != 0 || *clients < 1 || *clients > 256 || !(*seconds > 0 && *seconds <= 60) || *rows < 1 || *rows > 1024 {
		flag.Usage()
		os.Exit(2)
	}
	result, err := measure(*url, *clients, *rows, time.Duration(*seconds*float64(time.Second)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result)
}

// result are the times of the answers, ascending, and what else came.
type result struct {
	times   []time.Duration
	refused int // with another status than 200
	took    time.Duration
	rows    int // of a request
}

func (r result) String() string {
	if len(r.times) == 0 {
		return fmt.Sprintf("no answer, %d refused", r.refused)
	}
	at := func(part float64) time.Duration {
		return r.times[int(part*float64(len(r.times)-1))].Round(10 * time.Microsecond)
	}
	rate := float64(len(r.times)) / r.took.Seconds()
	return fmt.Sprintf("%.0f requests/s, %.0f rows/s; half within %v, 99 %% within %v, the longest %v; %d refused", rate, rate*float64(r.rows), at(0.5), at(0.99), at(1), r.refused)
}

func measure(url string, clients, rows int, span time.Duration) (result, error) {
	inputs, err := inputsOf(url)
	if err != nil {
		return result{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), span)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	sum, start := result{rows: rows}, time.Now()
	var all sync.WaitGroup
	var mu sync.Mutex
	for k := range clients {
		all.Go(func() {
			mine, failed := sendUntil(ctx, client, url, body(uint64(k), rows, inputs))
			mu.Lock()
			defer mu.Unlock()
			sum.times = append(sum.times, mine.times...)
			sum.refused += mine.refused
			err = errors.Join(err, failed)
		})
	}
	all.Wait()
	sum.took = time.Since(start)
	slices.Sort(sum.times)
	return sum, err
}

// inputsOf asks for the number of columns of a row.
func inputsOf(url string) (int, error) {
	r, err := http.Get(url + "/model")
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	var model struct {
		Inputs int `json:"inputs"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&model); err != nil {
		return 0, err
	}
	if model.Inputs < 1 || model.Inputs > 1<<16 {
		return 0, fmt.Errorf("%s: a model of %d inputs", url, model.Inputs)
	}
	return model.Inputs, nil
}

// body is a request of random rows.
func body(seed uint64, rows, inputs int) string {
	r := rand.New(rand.NewPCG(seed, 0))
	list := make([]string, rows)
	for i := range list {
		row := make([]string, inputs)
		for j := range row {
			row[j] = strconv.FormatFloat(r.NormFloat64(), 'g', 5, 64)
		}
		list[i] = "[" + strings.Join(row, ",") + "]"
	}
	return "[" + strings.Join(list, ",") + "]"
}

// sendUntil sends a request after the other until ctx ends.
func sendUntil(ctx context.Context, client *http.Client, url, body string) (mine result, err error) {
	for ctx.Err() == nil {
		start := time.Now()
		r, err := client.Post(url+"/predict", "application/json", strings.NewReader(body))
		if err != nil {
			return mine, err
		}
		_, err = io.Copy(io.Discard, r.Body)
		r.Body.Close()
		if err != nil {
			return mine, err
		}
		if r.StatusCode != http.StatusOK {
			mine.refused++
			continue
		}
		mine.times = append(mine.times, time.Since(start))
	}
	return mine, nil
}
