"""Where truth comes from: one file per data-set layout, all giving the same `Sample`."""
