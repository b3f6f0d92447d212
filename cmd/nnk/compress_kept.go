package main

import (
	"fmt"

	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/snnk"
)

// What of a network is kept where no targets are given.
const (
	keptLabels  = "labels"  // targets are given, which are classes
	keptTargets = "targets" // or numbers
	keptAnswers = "answers" // of a classifier: its classes and their probabilities
	keptOutputs = "outputs" // of layers, or of a network whose outputs are numbers
)

// decideKept decides what is kept of the network without targets, and says by what. A network is a classifier if that is said, if
// it ends in a softmax, or if its file names classes; else its outputs are numbers.
func (k *compression) decideKept(metadata map[string]string) error {
	stages := k.net.Stages()
	softmax := beforeSoftmax(k.net) < len(stages)
	last := k.to >= beforeSoftmax(k.net)
	switch {
	case k.task != "auto" && k.task != "classify" && k.task != "regress":
		return usagef("-task %s: want classify or regress", k.task)
	case k.truth != "":
		return nil
	case k.task == "classify" && !last:
		return usagef("-task classify: -bundle leaves the network's last layer as it is; what is replaced has no classes")
	case k.task == "classify" && k.net.Out() < 2:
		return usagef("-task classify: the network has one output; without -y it takes two or more")
	case k.task == "regress":
		k.keeps(keptOutputs, "-task regress")
	case !last:
		k.keeps(keptOutputs, "the layers replaced are not the last")
	case k.net.Out() < 2:
		k.keeps(keptOutputs, "there is one")
	case k.task == "classify":
		k.keeps(keptAnswers, "-task classify")
	case softmax:
		k.keeps(keptAnswers, "the network ends in a softmax")
	case metadata[keyClasses] != "":
		k.keeps(keptAnswers, "its file names classes")
	default:
		k.keeps(keptOutputs, "nothing says that they are scores of classes: if so, -task classify")
	}
	if k.Kept == keptAnswers && k.opt.Loss == snnk.SquaredError {
		k.keeps(keptOutputs, "-loss squared")
	}
	if k.Kept == keptAnswers && k.method.name == "montecarlo" && k.up.opt.Epochs == 0 {
		k.keeps(keptOutputs, "-method montecarlo fits nothing")
	}
	k.opt.Task = bundle.Outputs
	if k.Kept == keptAnswers {
		k.opt.Task = bundle.Classify
		if k.opt.Loss == snnk.AutoLoss {
			k.opt.Loss = snnk.CrossEntropy
		}
		if k.to == len(stages) {
			k.to = beforeSoftmax(k.net)
		}
	}
	return nil
}

func (k *compression) keeps(what, why string) { k.Kept, k.why = what, why }

// printKept says what is kept.
func (k *compression) printKept(c *call) {
	if c.json {
		return
	}
	switch k.Kept {
	case keptAnswers:
		fmt.Fprintf(c.stdout, "kept: the answers of a classifier, its classes and their probabilities, not the numbers of its scores (%s)\n\n", k.why)
	case keptOutputs:
		fmt.Fprintf(c.stdout, "kept: the numbers of the outputs (%s)\n\n", k.why)
	}
}

// own are the targets for rows of the layers' inputs if none are given.
func (k *compression) own(x bundle.Source) bundle.Source {
	part := k.net.Part(k.from, k.to)
	if k.Kept == keptAnswers {
		return compress.Answers(part, x)
	}
	return bundle.OutputsOf(part, x)
}
