package mat

// SmallTuning makes small products take the ways of large ones, until the
// function that it returns is called.
func SmallTuning() (restore func()) {
	old := tuning
	tuning.work, tuning.depth, tuning.cached, tuning.wide, tuning.many, tuning.tall = 500, 1, 60, 40, 9, 19
	return func() { tuning = old }
}
