package table

import "strings"

// UniqueNames are the names of a header without blanks around them, nil unless there is another for each column.
func UniqueNames(header []string) []string {
	seen := map[string]bool{"": true}
	var names []string
	for _, name := range header {
		name = strings.TrimSpace(name)
		if seen[name] {
			return nil
		}
		seen[name] = true
		names = append(names, name)
	}
	return names
}
