"""Scorers: how an answer of each kind is measured against its truth, and how records become a benchmark's numbers."""
