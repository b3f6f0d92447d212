// Package fuzz holds the fuzz targets of the module: every kernel set against
// the generic forms, and every reader of outside data. README.md says how to run
// them; plain go test replays the committed corpora.
package fuzz
