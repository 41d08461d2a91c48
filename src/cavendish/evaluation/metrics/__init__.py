"""Metrics as pure functions on arrays, one file per family, equal to the official evaluators.

Every family works the same way. One function reduces one picture to a small record that is enough for the final
number (a confusion matrix, matched counts, intersection and union, sums of errors), and one function turns the
records of all pictures into the numbers. So memory stays flat, a run can be resumed and merged in any grouping, and
a bootstrap over pictures needs nothing but the records.
"""
