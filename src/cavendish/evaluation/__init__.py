"""Measuring: metrics on arrays, benchmarks in their official layouts, runs that resume, and reports."""
