"""`python -m cavendish` is the command `cavendish`."""

from cavendish.cli import main

main()
