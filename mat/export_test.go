package mat

// SmallTuning makes small products take the ways of large ones, until the
// function that it returns is called.
func SmallTuning() (restore func()) {
	old := tuning
	tuning.work, tuning.depth, tuning.near, tuning.far, tuning.cached, tuning.many, tuning.tall = 500, 190, 2000, 20000, 240, 9, 19
	tuning.again = 8000
	return func() { tuning = old }
}

// SmallGramBlock makes QuantiseGram pass errors on by products after every few columns, until the function that it returns is called.
func SmallGramBlock(n int) (restore func()) {
	old := gramBlock
	gramBlock = n
	return func() { gramBlock = old }
}
