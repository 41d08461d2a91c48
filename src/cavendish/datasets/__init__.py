"""Ground truth: one file per layout of a data set, all with the same type `Sample`."""
