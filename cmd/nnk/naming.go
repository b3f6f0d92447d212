package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"nnk/bundle"
	"nnk/bundle/table"
)

// The keys under which train tells the classes of a plain network.
const (
	keyClasses   = "nnk.classes"
	keyLabelType = "nnk.label-type"
)

// writeNaming adds classes to the metadata of a plain network.
func writeNaming(metadata map[string]string, n naming) error {
	names := n.names
	for i := range n.count {
		if n.names == nil {
			names = append(names, strconv.Itoa(i))
		}
	}
	text, err := json.Marshal(names)
	metadata[keyClasses], metadata[keyLabelType] = string(text), n.kind
	return err
}

// readNaming reads what train wrote, or export, of a network with so many outputs in the metadata of its file. Of other files only the
// number of outputs is known.
func readNaming(path string, metadata map[string]string, outputs int) (naming, error) {
	n := naming{count: outputs}
	text, ok := metadata[keyClasses]
	if !ok {
		return n, nil
	}
	if err := json.Unmarshal([]byte(text), &n.names); err != nil {
		return n, fmt.Errorf("%s: metadata %q: %w", path, keyClasses, err)
	}
	if n.count = bundle.ClassCount(outputs); len(n.names) != n.count {
		return n, fmt.Errorf("%s: %d names of classes for %d outputs", path, len(n.names), outputs)
	}
	seen := map[string]bool{}
	for _, name := range n.names {
		if seen[name] {
			return n, fmt.Errorf("%s: metadata %q: two classes are named %.100q", path, keyClasses, name)
		}
		seen[name] = true
	}
	n.kind = metadata[keyLabelType]
	return n, nil
}

// infoColumns is the key of a model's metadata for the names of its inputs, a JSON list, if it was fitted to a file whose header has some.
const infoColumns = "columns"

// nameInputs tells a model the names of its inputs, those of the columns that it was fitted to.
func nameInputs(m *bundle.Model[float32], names []string) {
	if names = table.UniqueNames(names); names == nil || len(names) != m.Network.In() {
		return
	}
	text, err := json.Marshal(names)
	if err != nil {
		return // strings have JSON
	}
	if m.Provenance == nil {
		m.Provenance = map[string]string{}
	}
	m.Provenance[infoColumns] = string(text)
}

// inputNames are the names of a model's inputs, nil if it has none.
func inputNames(m *bundle.Model[float32]) []string {
	var names []string
	if json.Unmarshal([]byte(m.Provenance[infoColumns]), &names) != nil || len(names) != m.Network.In() {
		return nil
	}
	return table.UniqueNames(names)
}
