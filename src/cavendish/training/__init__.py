"""Training of generators: sources of samples, lessons drawn from them, recipes, and the trainer."""
